"""How near everything is."""
