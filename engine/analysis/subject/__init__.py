"""Who is where, and in what pose."""
