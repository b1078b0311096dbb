"""Reports of a gate, in every format."""
