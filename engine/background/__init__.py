"""Stage 3: the approved picture as a moving background."""
