"""Files that are written: cleaned data, checkpoints, baselines."""
