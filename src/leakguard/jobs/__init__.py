"""Jobs: one module per command, called by the command line and the Python API."""
