"""Output files of a run: cleaned data, checkpoints, baselines."""
