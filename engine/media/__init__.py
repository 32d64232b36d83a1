"""Media files: probing, reading, writing, sound and thumbnails."""
