"""Matting: the subject's alpha and its own colour."""
