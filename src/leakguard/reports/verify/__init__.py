"""Reports of a manifest that was verified."""
