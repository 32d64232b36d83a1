"""What a subject does to the ground: shadows and reflections."""
