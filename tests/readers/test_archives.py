"""Members of zip archives: each is an input of its own, and what is not read is named."""

import gzip
import io
import json
import stat
import zipfile

import pytest

import leakguard
from leakguard.core.errors import UsageError
from leakguard.readers.files.archives import split_member

ONE = {"rules": ["hate-numeric"], "workers": 1}


def lines(*texts):
    return "".join(json.dumps({"text": text}) + "\n" for text in texts).encode()


def make_zip(members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name) if isinstance(name, str) else name, data, method)
    return out.getvalue()


GOOD = {
    "rows/a.jsonl": lines("fine", "They signed it 1488."),
    "b.json": json.dumps([{"text": "They signed it 1488."}, {"text": "oak"}]).encode(),
    "c.csv": b"text;id\nThe pine; 1\nThey signed it 1488.; 2\n",
    "d.jsonl.gz": gzip.compress(lines("elm"), mtime=0),
    "README.md": b"# Boats\n",
    "__MACOSX/._b.json": b"\x00\x05\x16\x07\x00\x02\x00\x00",
}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_each_member_is_an_input(tmp_path, method):
    """Its rows count from 1, its findings name it, and prose beside the data is ignored by name."""
    path = tmp_path / "boats.zip"
    path.write_bytes(make_zip(GOOD, method))
    scan = leakguard.scan(path, **ONE)
    assert (scan.tally.seen, scan.tally.unreadable) == (7, 0)
    assert [(one.file.partition("!")[2], one.row) for one in scan.findings()] == [("b.json", 1), ("c.csv", 3), ("rows/a.jsonl", 2)]
    assert [one.files for one in scan.result.ignored] == [2]


def test_a_clean_writes_members_as_files(tmp_path):
    """Each under the name of its archive, in its own format; the manifest names the archive, and holds as long as that is the same."""
    from leakguard.jobs.verify import check_manifest

    path = tmp_path / "in/boats.zip"
    path.parent.mkdir()
    path.write_bytes(make_zip(GOOD))
    out = tmp_path / "out"
    assert leakguard.clean(path.parent, out, **ONE).tally.kept == 4
    assert (out / "kept/boats.zip!rows/a.jsonl").read_bytes() == lines("fine")
    assert (out / "kept/boats.zip!b.json").read_bytes() == b'[\n{"text": "oak"}\n]\n'
    assert (out / "kept/boats.zip!c.csv").read_bytes() == b"text;id\nThe pine; 1\n"
    assert gzip.decompress((out / "kept/boats.zip!d.jsonl.gz").read_bytes()) == lines("elm")
    assert {check.verdict.name for check in check_manifest(out / "manifest.json", ())} == {"HOLDS"}
    assert leakguard.gate(out / "kept", gate={"manifest": "required"}, **ONE).exit_code == 0
    path.write_bytes(path.read_bytes() + b"\0")
    assert "DIFFERS" in {check.verdict.name for check in check_manifest(out / "manifest.json", ())}


def make_zip_with_link():
    entry = zipfile.ZipInfo("link.jsonl")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return make_zip({entry: b"/etc/hostname"})


def make_encrypted_zip():
    data = bytearray(make_zip({"a.jsonl": lines("oak")}))
    for sign, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(sign) + at] |= 1
    return bytes(data)


def make_zip_with_duplicate():
    with pytest.warns(UserWarning, match="Duplicate"):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("a.jsonl", lines("oak"))
            archive.writestr("a.jsonl", lines("They signed it 1488."))
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (lambda: make_zip({"../a.jsonl": lines("oak")}), "not a plain path"),
        (lambda: make_zip({"/a.jsonl": lines("oak")}), "not a plain path"),
        (lambda: make_zip({"C:/a.jsonl": lines("oak")}), "not a plain path"),
        (lambda: make_zip({"inner.zip": make_zip(GOOD)}), "an archive inside an archive"),
        (lambda: make_zip({"a.parquet": b"PAR1\x15\x04"}), "Parquet"),
        (lambda: make_zip({"a.pkl": b"\x80\x04\x95"}), "pickles"),
        (lambda: make_zip({"a.txt": b"They signed it 1488.\n"}), "texts whose lines are not JSON objects"),
        (make_zip_with_link, "a link"),
        (make_encrypted_zip, "encrypted"),
        (make_zip_with_duplicate, "two members of the archive have this name"),
        (lambda: make_zip(GOOD)[:120], "zip archive: "),
    ],
    ids=["parent", "root", "drive", "nested", "parquet", "pickle", "text", "link", "encrypted", "twice", "cut"],
)
def test_what_is_not_read_is_named(tmp_path, data, said):
    """The archive or the member, with the reason; a gate stays shut."""
    path = tmp_path / "boats.zip"
    path.write_bytes(data())
    scan = leakguard.scan(path, **ONE)
    assert [said in one.detail for one in scan.unreadable] == [True]
    assert leakguard.gate(path, **ONE).exit_code == 3


def test_a_damaged_member_is_damaged_data(tmp_path):
    """Rows before the damage are read (they may be garbled); so is a member that is not damaged."""
    data = bytearray(make_zip({"a.jsonl": lines(*map(str, range(50_000))), "b.jsonl": lines("oak")}))
    data[60_000] ^= 255
    (tmp_path / "boats.zip").write_bytes(data)
    scan = leakguard.scan(tmp_path / "boats.zip", **ONE)
    assert {one.origin.file[-7:] for one in scan.unreadable} == {"a.jsonl"} and scan.unreadable[-1].reason == "corrupt"
    assert scan.tally.seen > 100


def test_a_bomb_ends_at_the_limit(tmp_path):
    """What a member unpacks to is bounded as for any compressed file."""
    (tmp_path / "boats.zip").write_bytes(make_zip({"a.jsonl": lines("oak") + b" " * 20_000_000, "b.jsonl": lines("elm")}))
    scan = leakguard.scan(tmp_path / "boats.zip", unpack_limit=1 << 20, **ONE)
    assert [(one.reason, "unpack-limit" in one.detail) for one in scan.unreadable] == [("too-large", True)]
    assert scan.tally.seen == 3


def test_a_file_whose_name_looks_like_a_member_is_a_file(tmp_path):
    """An existing file is what its name says; a name that is neither is refused."""
    odd = tmp_path / "a.zip!b.jsonl"
    odd.write_bytes(lines("oak"))
    assert split_member(str(odd)) is None and leakguard.scan(odd, **ONE).tally.seen == 1
    (tmp_path / "b.zip").write_bytes(make_zip(GOOD))
    assert leakguard.scan(f"{tmp_path}/b.zip!d.jsonl.gz", **ONE).tally.seen == 1
    with pytest.raises(UsageError):
        leakguard.scan(tmp_path / "none.zip!b.jsonl", **ONE)
