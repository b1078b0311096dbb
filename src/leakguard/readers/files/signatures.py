"""Recognise formats by their first bytes, and explain the formats that leakguard does not read."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signature:
    """Bytes at an offset by which a format is recognised."""

    format: str
    bytes: bytes
    offset: int = 0


PARQUET, ARROW, ZIP, APPLE_DOUBLE = "parquet", "arrow", "zip", "apple-double"
# To read one of these formats, add a line to formats.FORMATS and remove the format from UNREAD.
SIGNATURES = (
    Signature("git-lfs", b"version https://git-lfs.github.com/spec/"),
    Signature(ARROW, b"ARROW1"),
    Signature(ARROW, b"\xff\xff\xff\xff"),
    Signature("feather-1", b"FEA1"),
    Signature(PARQUET, b"PAR1"),
    Signature("encrypted-parquet", b"PARE"),
    Signature("orc", b"ORC"),
    Signature("avro", b"Obj\x01"),
    Signature("lz4", b"\x04\x22\x4d\x18"),
    Signature("snappy", b"\xff\x06\x00\x00sNaPpY"),
    Signature(ZIP, b"PK\x03\x04"),
    Signature(ZIP, b"PK\x05\x06"),
    Signature(APPLE_DOUBLE, b"\x00\x05\x16\x07"),
    Signature("7z", b"7z\xbc\xaf\x27\x1c"),
    Signature("rar", b"Rar!\x1a\x07"),
    Signature("tar", b"ustar", 257),
    *(Signature("pickle", b"\x80" + bytes([version])) for version in (2, 3, 4, 5)),
    Signature("safetensors", b"{", 8),
    Signature("gguf", b"GGUF"),
    Signature("numpy", b"\x93NUMPY"),
    Signature("hdf5", b"\x89HDF\r\n\x1a\n"),
    Signature("sqlite", b"SQLite format 3\x00"),
    Signature("duckdb", b"DUCK", 8),
    Signature("picture", b"\x89PNG\r\n"),
    Signature("picture", b"\xff\xd8\xff"),
    Signature("picture", b"GIF8"),
    Signature("picture", b"II*\x00"),
    Signature("picture", b"MM\x00*"),
    Signature("sound", b"RIFF"),
    Signature("sound", b"ID3"),
    Signature("sound", b"OggS"),
    Signature("sound", b"fLaC"),
    Signature("video", b"ftyp", 4),
    Signature("pdf", b"%PDF-"),
    Signature("office", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    Signature("program", b"\x7fELF"),
)
MEMBERS = (
    ("office", re.compile(rb"\[Content_Types\]\.xml|docProps/|_rels/|xl/|word/|ppt/|mimetype$")),
    ("torch", re.compile(rb"[^/]*/(data\.pkl|\.format_version|byteorder)$")),
    ("numpy", re.compile(rb".*\.npy$")),
)
"""Names of the first member of zip archives that are files of a program."""
# The first bytes of these formats are letters, which a text may begin with.
SHORT = frozenset({"orc", "gguf", "duckdb", "sound", ARROW, "feather-1", "video"})
UNPACK = "unpack them first"


def _by_pandas(how: str) -> str:
    """Return the command that converts JSON written by pandas into JSON Lines."""
    reader = f"pandas.read_json('FILE'{how and f', {how}'})"
    return f"""convert them (python -c "import pandas; {reader}.to_json('rows.jsonl', orient='records', lines=True)")"""


CONVERT = "write the rows as JSON Lines or Parquet"
# Formats that are recognised but not read: the contents of such files, and how to convert them.
UNREAD = {
    "git-lfs": ("this is a git-lfs pointer, not the data; the data", "fetch them with git lfs pull"),
    "feather-1": ("Feather version 1 data", "rewrite them with pandas.DataFrame.to_feather, or as Parquet"),
    "packed-parquet": ("Parquet data inside gzip or zstd data", UNPACK),
    "encrypted-parquet": ("encrypted Parquet data", CONVERT),
    "orc": ("ORC data", CONVERT),
    "avro": ("Avro data", CONVERT),
    "lz4": ("lz4 data", f"{UNPACK} (lz4 -d)"),
    "snappy": ("snappy data", UNPACK),
    "zip": ("zip archives without the suffix .zip", f"{UNPACK} (unzip)"),
    APPLE_DOUBLE: ("macOS metadata", "remove them"),
    "7z": ("7z archives", UNPACK),
    "rar": ("rar archives", UNPACK),
    "tar": ("tar archives", f"{UNPACK} (tar -xf)"),
    "pickle": ("pickles (which can run code)", CONVERT),
    "safetensors": ("safetensors weights", "keep weights in another folder"),
    "gguf": ("GGUF weights", "keep weights in another folder"),
    "numpy": ("NumPy arrays", CONVERT),
    "hdf5": ("HDF5 data", CONVERT),
    "sqlite": ("SQLite databases", CONVERT),
    "duckdb": ("DuckDB databases", CONVERT),
    "picture": ("images", "keep them in another folder"),
    "sound": ("audio and RIFF files", "keep them in another folder"),
    "video": ("videos", "keep them in another folder"),
    "pdf": ("PDF documents", CONVERT),
    "office": ("Office documents", "save tables as CSV in UTF-8, texts as JSON Lines"),
    "torch": ("torch.save files (which can run code)", CONVERT),
    "packed-twice": ("data compressed twice", f"{UNPACK} once"),
    "program": ("programs", "keep them in another folder"),
    "tfrecord": ("TFRecord data", CONVERT),
    "json-array": ("JSON arrays whose elements are not objects", "write one object for each row"),
    "json-document": ("JSON documents without a list of objects at the top level", "write one object a line (jq -c .)"),
    "json-columns": ("JSON documents of whole columns", _by_pandas("")),
    "json-index": ("JSON documents of rows under their index", _by_pandas("orient='index'")),
    "json-split": ("JSON documents of columns and lists of values", _by_pandas("orient='split'")),
    "html": ("HTML pages", CONVERT),
    "xml": ("XML documents", CONVERT),
    "yaml": ("YAML documents", CONVERT),
    "text": ("texts whose lines are not JSON objects", "write one object a line, or name a table .csv or .tsv, rows .jsonl"),
    "binary": ("binary data of an unknown format", CONVERT),
}


def explain_unread(format: str) -> str:
    """Return why a file of this format is not read and what to do; "" for a format that is read."""
    if format not in UNREAD:
        return ""
    what, remedy = UNREAD[format]
    return f"{what} {'is' if what.endswith('text') else 'are'} not read: {remedy}, or leave the file out with ignore-files"


def match_signature(head: bytes) -> str:
    """Return the format with these first bytes; "" for none."""
    for signature in SIGNATURES:
        if head.startswith(signature.bytes, signature.offset) and _plausible(signature, head):
            return _kind_of_zip(head) if signature.format == ZIP else signature.format
    return ""


def _kind_of_zip(head: bytes) -> str:
    """Return the format of a zip archive: of the program whose member names it has, or ZIP."""
    first = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    return next((format for format, name in MEMBERS if name.match(first)), ZIP)


def _plausible(signature: Signature, head: bytes) -> bool:
    """Return whether the bytes beside a short signature are those of its format too, so that it is not a coincidence."""
    if signature.format == "safetensors":
        return head[4:8] == b"\0\0\0\0" and head[:4] != b"\0\0\0\0"
    if signature.format in SHORT:
        return b"\0" in head[:64] or b"\xff" in head[:64]
    return True
