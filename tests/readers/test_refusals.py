"""What is not read says what it is and what to do about it."""

import gzip
import lzma
import zipfile

import numpy as np
import pytest

from leakguard.readers.files.format_detection import detect_format
from leakguard.readers.files.signatures import explain_unread
from leakguard.readers.formats.csv import read_csv
from leakguard.readers.rows.json_errors import ENCODED
from leakguard.readers.rows.parser import RowParser
from leakguard.readers.sources import FileSource

LINE = b'{"text": "one"}\n'


def write_zip(path, *members):
    """An archive whose members have these names, in this order."""
    with zipfile.ZipFile(path, "w") as archive:
        for member in members:
            archive.writestr(member, "<x/>")
    return str(path)


@pytest.mark.parametrize(
    ("name", "members", "format"),
    [
        ("book.xlsx", ["[Content_Types].xml", "xl/workbook.xml"], "office"),
        ("written.xlsx", ["docProps/app.xml", "xl/workbook.xml", "[Content_Types].xml"], "office"),
        ("letter.docx", ["_rels/.rels", "word/document.xml"], "office"),
        ("sheet.ods", ["mimetype", "content.xml"], "office"),
        ("weights.pt", ["weights/data.pkl", "weights/version"], "torch"),
        ("rows.backup", ["rows.jsonl", "xl/notes.txt"], "zip"),
        ("rows.zip", ["a.jsonl"], "zip"),
        ("later.zip", ["text.jsonl", "[Content_Types].xml"], "zip"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_zip_archives_of_programs_are_called_by_their_program(tmp_path, name, members, format):
    """The name of the first member says it, whatever the others and the file are called."""
    assert detect_format(write_zip(tmp_path / name, *members)) == format


def test_arrays_of_numpy_are_called_so(tmp_path):
    """An archive that numpy writes is no archive to be unpacked."""
    np.savez(tmp_path / "a.npz", rows=np.arange(3))
    assert detect_format(str(tmp_path / "a.npz")) == "numpy"


@pytest.mark.parametrize("inner", ["gzip", "xz"])
@pytest.mark.parametrize("outer", ["gzip", "xz"])
def test_data_that_are_compressed_twice_are_called_so(tmp_path, inner, outer):
    """No row of bytes is listed as text in a wrong encoding."""
    pack = {"gzip": lambda data: gzip.compress(data, mtime=0), "xz": lzma.compress}
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(pack[outer](pack[inner](LINE * 3)))
    assert "compressed twice" in explain_unread(detect_format(str(path)))


def read_details(tmp_path, data, name="rows.jsonl"):
    """What a scan says of the rows of a file that cannot be read."""
    path = tmp_path / name
    path.write_bytes(data)
    parser = RowParser()
    batches = [parser.parse(block) for block in FileSource((str(path),)).blocks()]
    return [entry.detail for batch in batches for entry in batch.unreadable]


@pytest.mark.parametrize(
    ("data", "count", "said"),
    [
        (b"{'text': 'one'}\n{'text': 'two'}\n", 2, "json.dumps"),
        (b'{"text": "one"}\r{"text": "two"}\r', 1, "tr '\\r' '\\n'"),
        (b'{"text": "one"}{"text": "two"}\n' + LINE, 1, "jq -c ."),
        (b'{"text": "one"} {"text": "two"}\r\n', 1, "jq -c ."),
        ('{"text": "Gr\u00fc\u00dfe"}\n'.encode("latin-1"), 1, ENCODED),
        ('{"text": "\u4f60\u597d"}\n'.encode("gbk"), 1, ENCODED),
        (b'[{"role": "user", "content": "a"}]\n[{"role": "user", "content": "b"}]\n', 2, "the row is a list, not an object"),
    ],
    ids=["Python", "carriage returns", "two objects", "with a space", "Latin-1", "GBK", "lists"],
)
def test_rows_of_other_programs_say_what_to_do(tmp_path, data, count, said):
    """Each row that cannot be read is listed, with the command or the call that makes it readable."""
    found = read_details(tmp_path, data)
    assert len(found) == count
    assert all(said in detail for detail in found)


@pytest.mark.parametrize("head", [b"text\n", "caf\u00e9\n".encode("cp1252")], ids=["a record", "the header"])
def test_tables_in_another_encoding_say_what_to_do(tmp_path, head):
    """Excel writes tables in the encoding of the machine."""
    assert ENCODED in read_details(tmp_path, head + "Gr\u00fc\u00dfe\n".encode("cp1252"), "a.csv")[0]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|", "^"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "marked"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_a_first_line_that_names_the_delimiter_is_no_header(tmp_path, delimiter, mark, end):
    """Excel reads and writes `sep=;` as the first line of a table."""
    path = tmp_path / "a.csv"
    path.write_bytes(mark + f"sep={delimiter}{end}id{delimiter}text{end}1{delimiter}one{end}".encode())
    (block,) = read_csv(str(path))
    assert (block.data, block.broken) == (b'\n\n{"id":"1","text":"one"}\n', ())


@pytest.mark.parametrize("first", ["sep=", "sep=ab", "sep", "sep=;;", "separator"])
def test_other_first_lines_are_headers(tmp_path, first):
    """Only the line that names one character, and nothing else, is taken for the name of the delimiter."""
    path = tmp_path / "a.csv"
    path.write_text(f"{first}\n1488\n", encoding="utf-8")
    blocks = list(read_csv(str(path)))
    assert any(block.broken for block in blocks) or any(first.rstrip(";").encode() in block.data for block in blocks)
