"""Where a clip was shot, and its shots."""
