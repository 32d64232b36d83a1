"""Networks that cut the subject out, for those who have them; one module a network."""
