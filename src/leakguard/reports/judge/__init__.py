"""Reports about the judge: its statistics in a run, and its check against labels."""
