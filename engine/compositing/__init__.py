"""Stage 4: the subject laid into its new background, with its colour, shadow and edge."""
