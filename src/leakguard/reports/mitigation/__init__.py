"""Reports about mitigated data."""
