"""Files and rows in memory, read as batches of rows."""
