"""Backlot: video background replacement for ComfyUI."""
