"""Read files and in-memory rows as batches of parsed rows."""
