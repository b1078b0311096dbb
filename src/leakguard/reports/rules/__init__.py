"""Reports that list rules."""
