"""One module per command, between the command line or the Python API and the engines."""
