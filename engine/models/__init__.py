"""Networks that steps can use: what they are, where they lie, how they get there."""
