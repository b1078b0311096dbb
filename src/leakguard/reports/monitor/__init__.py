"""Reports of a monitor, in every format."""
