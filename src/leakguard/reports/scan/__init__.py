"""Reports of a scan or a clean, in every format."""
