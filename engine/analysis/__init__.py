"""Stage 1: what the source clip is like, its camera, its light and its subject."""
