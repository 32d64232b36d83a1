"""What the benchmark tells people: a table, a page with pictures, and JSON for machines."""
