"""Clips: lazy sequences of frames, what is made of them, and the store that keeps them."""
