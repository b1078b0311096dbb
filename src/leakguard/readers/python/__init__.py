"""Read rows in memory (lists, DataFrames, datasets) as lines of JSON."""
