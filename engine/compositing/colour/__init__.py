"""The subject's colour brought towards the plate's light."""
