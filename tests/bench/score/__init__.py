"""What is measured of a run, a stage a file: each adds figures of ours and of the rivals'."""
