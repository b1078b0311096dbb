"""Names of the formats that are read, and which of them a file's name or first bytes show."""

import os

from leakguard.readers.files.compression import COMPRESSED_SUFFIXES

PARQUET, CSV, TSV, JSON, ARROW = "parquet", "csv", "tsv", "json", "arrow"
PARQUET_MAGIC = b"PAR1"
TABLES = {".csv": CSV, ".psv": CSV, ".tsv": TSV, ".tab": TSV}
# Formats that are recognised by their first bytes, and read from a stream.
STREAMED_FORMATS = (JSON, ARROW)


def detect_table_format(path: str) -> str:
    """The table's format that an input has; "" for lines. Parquet shows in its first bytes, CSV in nothing but its name."""
    name = path.lower()
    for packed in COMPRESSED_SUFFIXES:
        name = name.removesuffix(packed)
    if found := next((format for suffix, format in TABLES.items() if name.endswith(suffix)), ""):
        return found
    return PARQUET if _begins_with(path, PARQUET_MAGIC) or _is_empty_table(path) else ""


def _is_empty_table(path: str) -> bool:
    """A Parquet file without a byte is one whose writing or copying failed, not one without rows."""
    return path.lower().endswith(f".{PARQUET}") and os.path.isfile(path) and os.path.getsize(path) == 0


def _begins_with(path: str, magic: bytes) -> bool:
    if not os.path.isfile(path):
        return False
    try:
        with open(path, "rb") as file:
            return file.read(len(magic)) == magic
    except OSError:
        return False
