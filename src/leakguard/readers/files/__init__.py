"""Find input files, open and decompress them, detect their format, and split them into blocks of whole lines."""
