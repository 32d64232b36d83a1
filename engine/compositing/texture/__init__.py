"""Grain, softness and motion blur of the source's camera."""
