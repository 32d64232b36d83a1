"""The light on a subject, in a picture, in a panorama."""
