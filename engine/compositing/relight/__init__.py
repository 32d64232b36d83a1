"""The subject in another light."""
