"""Reports on the verification of a manifest."""
