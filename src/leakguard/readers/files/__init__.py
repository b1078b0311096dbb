"""Names, bytes and formats of input files: from a path to blocks of whole lines."""
