"""Deflicker and the measured quality report."""
