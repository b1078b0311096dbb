"""Rows held in memory (lists, DataFrames, datasets), read as lines of JSON."""
