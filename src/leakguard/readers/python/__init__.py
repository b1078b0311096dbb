"""Read rows that are held in memory (lists, DataFrames, datasets) as lines of JSON."""
