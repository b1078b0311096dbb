import bz2
import gzip
import io
import json
import lzma
import pickle
import sqlite3
import tarfile
import zipfile

import pytest
import zstandard

from leakguard.readers.files.format_detection import LINES, detect_format
from leakguard.readers.files.signatures import SIGNATURES, UNREAD, explain_unread

ROWS = b'{"text": "Tea at noon."}\n{"text": "Rain later."}\n'
LONG = b'{"text": "' + 9_000 * b"The lake is calm, " + b'"}\n'


def make_tar(data):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        entry = tarfile.TarInfo("rows.jsonl")
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def make_zip(data):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("rows.jsonl", data)
    return out.getvalue()


@pytest.mark.parametrize("name", ["rows.jl", "rows.txt", "rows", "rows.json", "part-00000-of-00002", "rows.jsonl.bak", "rows.log"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.ZstdCompressor().compress])
def test_lines_of_json_objects_are_read_under_any_name(write, name, pack):
    """Plain, gzip or zstd."""
    assert detect_format(write(pack(ROWS), name)) == LINES


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"\xef\xbb\xbf" + ROWS,
        b"\r\n" + ROWS.replace(b"\n", b"\r\n"),
        LONG,
        LONG + ROWS,
        b'{"text": "cut o\n' + ROWS,
        ROWS + b'{"text": "cut o',
        b'{"text": "one row, cut o',
    ],
)
def test_damaged_long_and_empty_files_are_read(write, data):
    """Rows that cannot be read are listed by whoever reads the file: at least half of the lines are objects, or the first begins one."""
    assert detect_format(write(data, "rows.txt")) == LINES


@pytest.mark.parametrize(
    ("name", "data", "format"),
    [
        ("a.xz", lzma.compress(ROWS), LINES),
        ("a", lzma.compress(ROWS), LINES),
        ("a.lzma", lzma.compress(ROWS, lzma.FORMAT_ALONE), LINES),
        ("a.bz2", bz2.compress(ROWS), LINES),
        ("a.txt.xz", lzma.compress(b"Tea at noon.\nRain later.\n"), "text"),
        ("a.jsonl.lz4", b"\x04\x22\x4d\x18d@\xa7", "lz4"),
        ("a.zip", make_zip(ROWS), "zip"),
        ("a.pt", make_zip(ROWS), "zip"),
        ("a.tar", make_tar(ROWS), "tar"),
        ("a.tar.gz", gzip.compress(make_tar(ROWS), mtime=0), "tar"),
        ("a.arrow", b"ARROW1\x00\x00\xff\xff\xff\xff", "arrow"),
        ("stream", b"\xff\xff\xff\xff\x10\x00\x00\x00", "arrow"),
        ("a.arrow.gz", gzip.compress(b"ARROW1\x00\x00\xff\xff\xff\xff", mtime=0), "arrow"),
        ("a.feather", b"FEA1\x00\x00\x00\x00", "feather-1"),
        ("a.orc", b"ORC\x0a\x00", "orc"),
        ("a.avro", b"Obj\x01\x04\x14", "avro"),
        ("a.parquet.gz", gzip.compress(b"PAR1\x15\x04", mtime=0), "packed-parquet"),
        ("a.pkl", pickle.dumps([{"text": "Tea at noon."}]), "pickle"),
        ("a.safetensors", (50).to_bytes(8, "little") + b'{"w": {}}' + b" " * 60, "safetensors"),
        ("a.npy", b"\x93NUMPY\x01\x00v\x00", "numpy"),
        ("a.h5", b"\x89HDF\r\n\x1a\n\x00", "hdf5"),
        ("a.png", b"\x89PNG\r\n\x1a\n\x00", "picture"),
        ("a.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF", "picture"),
        ("a.wav", b"RIFF\x24\x08\x00\x00WAVE", "sound"),
        ("a.mp4", b"\x00\x00\x00\x18ftypmp42", "video"),
        ("a.pdf", b"%PDF-1.7\n", "pdf"),
        ("a.csv", "id,text\n1,Tea\n".encode("utf-16"), "csv"),
        ("a.jsonl", ROWS.decode().encode("utf-16"), LINES),
        ("a", ROWS.decode().encode("utf-32"), LINES),
        ("a.txt", "Tea at noon.\nRain later.\n".encode("utf-16"), "text"),
        ("a.jsonl", b"version https://git-lfs.github.com/spec/v1\noid sha256:0a\nsize 12\n", "git-lfs"),
        ("a.json", json.dumps([{"text": "Tea"}]).encode(), "json"),
        ("a.json", json.dumps([{"text": "Tea"}, {"text": "Rain"}], indent=1).encode(), "json"),
        ("a.json", json.dumps({"rows": [{"text": "Tea"}]}, indent=2).encode(), "json"),
        ("a.json", b'{"rows": [{"text": "Tea"}, {"text": "Rain"}]}', "json"),
        ("a.json", b'{"messages": [{"role": "user", "content": "Tea"}]}', LINES),
        ("a.json", b'{\n"messages": [{"role": "user", "content": "Tea"}]}', "json"),
        ("a.jsonl", b'[{"text": "Tea"}, {"text": "Rain"}]', "json"),
        ("a.jsonl", b'[{"text": "Tea"}]\n{"text": "Rain"}\n', LINES),
        ("a.json", b"[1, 2, 3]", "json-array"),
        ("a.json", json.dumps({"prompt": ["Tea", "Rain"], "completion": ["a", "b"]}).encode(), "json-columns"),
        ("a.json", json.dumps({"text": {"0": "Tea", "1": "Rain"}, "id": {"0": 1, "1": 2}}).encode(), "json-columns"),
        ("a.json", json.dumps({"0": {"text": "Tea"}, "1": {"text": "Rain"}}).encode(), "json-index"),
        ("a.json", json.dumps({"columns": ["text"], "index": [0], "data": [["Tea"]]}).encode(), "json-split"),
        ("notes.md", b"[a link](https://herons.example)\n", "text"),
        ("a.toml", b"[tool.x]\na = 1\n", "text"),
        ("tokenizer.json", json.dumps({"vocab": {str(n): n for n in range(9_000)}}, indent=2).encode(), "json-document"),
        ("a.html", b"<!DOCTYPE html>\n<p>Tea", "html"),
        ("a.xml", b'<?xml version="1.0"?>\n<rows/>', "xml"),
        ("a.yaml", b"rows:\n- Tea\n", "yaml"),
        ("a.txt", b"Tea at noon.\nRain later.\n", "text"),
        ("a.md", b'A row:\n{"text": "Tea"}\nand more\n', "text"),
        ("a.bin", bytes(range(128, 255)), "binary"),
        ("a.dat", b"\x00\x01\x02", "binary"),
        ("a.csv", b"id,text\n1,Tea\n", "csv"),
        ("a.TSV.gz", gzip.compress(b"id\ttext\n1\tTea\n", mtime=0), "tsv"),
        ("rows", b"PAR1\x15\x04", "parquet"),
        ("a.jsonl.gz", gzip.compress(ROWS, mtime=0)[:20], LINES),
        ("a.bin.gz", gzip.compress(ROWS, mtime=0)[:20], LINES),
        ("a.jsonl", b"Tea at noon.\nRain later.\n", LINES),
        ("a.ndjson", b"\x00\x01\x02", LINES),
    ],
)
def test_the_first_bytes_say_what_a_file_is(write, name, data, format):
    """What is not read has a name and a remedy."""
    assert detect_format(write(data, name)) == format
    assert bool(explain_unread(format)) == (format in UNREAD) == (format not in (LINES, "csv", "tsv", "parquet", "json", "arrow"))


def test_a_database_is_one(tmp_path):
    """SQLite's own file."""
    path = str(tmp_path / "a.db")
    base = sqlite3.connect(path)
    base.execute("create table rows (text)")
    base.commit()
    base.close()
    assert detect_format(path) == "sqlite"


def test_every_known_format_has_its_words():
    """No magic bytes without what is said of them."""
    assert {entry.format for entry in SIGNATURES} - {"parquet", "arrow"} <= UNREAD.keys()
    assert all("ignore-files" in explain_unread(format) for format in UNREAD)


@pytest.mark.parametrize(
    "text",
    [
        b"ORCHARDS in May\n",
        b"ID3 is a tag\n",
        b"RIFFs of rock\n",
        b"BZhello\n",
        b"GGUFF\n",
        b"FEA1 road\n",
        b"aaaaftyp\n",
        b"01234567{\n",
        b"ARROW1 left\n",
    ],
)
def test_letters_that_look_like_magic_bytes_are_text(write, text):
    """Short magic bytes need more around them; so a row that begins in such a way is no archive."""
    assert detect_format(write(text, "notes.txt")) == "text"
