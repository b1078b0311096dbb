"""Reports on the judge: its statistics in a run, and its accuracy on labelled examples."""
