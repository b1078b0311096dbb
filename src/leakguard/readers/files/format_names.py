"""Names of the input formats, as readers, writers and checkpoints use them."""

PARQUET, CSV, TSV, JSON, ARROW = "parquet", "csv", "tsv", "json", "arrow"
PARQUET_MAGIC = b"PAR1"
"""The first bytes of a Parquet file."""
