"""Objects of stores and web servers are read like files, and what a store does wrong is reported under the name of the object."""

import gzip
import io
import pickle
import re
import time
import zipfile

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import leakguard
from leakguard.core.errors import MissingExtra, UsageError
from leakguard.core.store_address import StoreAddress, find_address, hide_secrets
from leakguard.core.version import install
from leakguard.readers.files import remote_files
from leakguard.readers.files.hashes import hash_file
from leakguard.readers.files.inputs import find_inputs
from leakguard.readers.files.readings import FileChangedError, Readings
from leakguard.readers.files.remote_files import RemoteFile
from leakguard.readers.files.store_requests import StoreError, StoreRetries, describe_store_error
from leakguard.readers.sources import FileSource
from web_store import WebObject, WebStore

fsspec = pytest.importorskip("fsspec")
ROWS = b"".join(orjson.dumps({"prompt": f"p{n}", "completion": f"answer {n}"}) + b"\n" for n in range(8000))
LOST = "the object changed while it was being read"


@pytest.fixture
def memory():
    """The memory store of fsspec, empty."""
    system = fsspec.filesystem("memory")
    system.store.clear()
    system.pseudo_dirs[:] = [""]
    yield system
    system.store.clear()


@pytest.fixture
def web(monkeypatch):
    pytest.importorskip("aiohttp")
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    store = WebStore()
    yield store
    store.close()


def read(*paths, **more):
    """The bytes of all rows below the paths, and what could not be read as (file, detail)."""
    found = find_inputs(paths)
    blocks = list(FileSource(tuple(found), unread=found.unread, **more).blocks())
    broken = [(flaw.origin.file, flaw.detail) for block in blocks for flaw in block.broken]
    return b"".join(block.data for block in blocks), broken


PARTS = st.text(st.characters(codec="ascii", exclude_characters="@/?#&=:*", categories=["L", "N", "P"]), min_size=6, max_size=12)


@given(user=PARTS, password=PARTS, key=PARTS, token=PARTS)
def test_an_address_never_shows_its_secrets(user, password, key, token):
    """User, password and the values of a query are in no text, no pickle and no JSON made from an address; its URL keeps them."""
    secrets = {f"U{user}U", f"P{password}P", f"T{token}T"}
    url = f"https://U{user}U:P{password}P@host/data/a.jsonl?{key}=T{token}T"
    address = find_address(url)
    assert address.url == url
    for text in (str(address), repr(address), f"{address}", pickle.dumps(address).decode("latin-1"), orjson.dumps(address).decode()):
        assert "host/data/a.jsonl" in text
        assert not any(secret in text for secret in secrets)
    assert find_address(str(address)) == address


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://host/a.jsonl", "https://host/a.jsonl"),
        ("https://me:pw@host/a?sig=x%3D&plain", "https://host/a?sig=***&plain"),
        ("https://host/a?opaque", "https://host/a?***"),
        ("http://me:p/w@host/a#token=1", "http://host/a"),
        ("s3://key:secret@bucket/a", "s3://bucket/a"),
        ("hf://datasets/org/name@main/a.jsonl", "hf://datasets/org/name@main/a.jsonl"),
    ],
)
def test_how_an_address_is_shown(url, shown):
    assert hide_secrets(url) == shown


@pytest.mark.parametrize("name", ["data.jsonl", "C://data", "ftp://host/a", "-", "s3:/bucket", None])
def test_other_names_are_no_addresses(name):
    assert find_address(name) is None


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("ftp://u:pw@host/a.jsonl", "ftp://host/a.jsonl: addresses of ftp:// are not read"),
        ("s3://key:pw@bucket/a", "s3://bucket/a: a user or key in an address of this kind is not used"),
        ("https://host/a@b.jsonl", "write %40"),
        ("memory://a::s3://b/c", "chains of stores are not read"),
        ("s3:///a", "it names no bucket or host"),
    ],
)
def test_an_address_that_cannot_be_used_is_a_usage_error(path, said):
    with pytest.raises(UsageError) as caught:
        find_inputs([path])
    assert said in str(caught.value)
    assert "pw" not in str(caught.value)


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=300), jumps=st.lists(st.tuples(st.integers(0, 320), st.integers(-1, 80)), max_size=12))
def test_reading_at_any_place_gives_the_bytes_of_a_file(data, jumps):
    """Any sequence of seeks and reads returns what a file with these bytes returns, whatever the size of the requests is."""
    fsspec.filesystem("memory").pipe("/law/a", data)
    before = remote_files.SHORTEST, remote_files.LONGEST, remote_files.NEAR
    remote_files.SHORTEST, remote_files.LONGEST, remote_files.NEAR = 3, 20, 8
    try:
        with RemoteFile(StoreAddress("memory://law/a")) as file, io.BytesIO(data) as model:
            for at, size in jumps:
                assert file.seek(at) == model.seek(at)
                assert file.read(size) == model.read(size)
                assert file.tell() == max(model.tell(), at)
    finally:
        remote_files.SHORTEST, remote_files.LONGEST, remote_files.NEAR = before


def test_folders_and_globs_of_a_store_are_searched_like_those_of_this_machine(memory):
    """Data are read by name, files without data and files of ignore-files are counted, and a glob may match folders."""
    memory.pipe({"/d/a.jsonl": ROWS, "/d/sub/b.jsonl.gz": gzip.compress(ROWS), "/d/README.md": b"words", "/d/.git/x.jsonl": ROWS})
    found = find_inputs(["memory://d"])
    assert list(found) == ["memory://d/a.jsonl", "memory://d/sub/b.jsonl.gz"]
    assert [(one.pattern, one.files) for one in found.ignored] == [("", 2)]
    assert list(find_inputs(["memory://d/*.jsonl"])) == ["memory://d/a.jsonl"]
    assert list(find_inputs(["memory://d/s*"], ignore=["*.jsonl"])) == ["memory://d/sub/b.jsonl.gz"]
    assert list(find_inputs(["memory://d/"], ignore=["sub/"])) == ["memory://d/a.jsonl"]
    for nothing in ("memory://d/*.csv", "memory://none/"):
        with pytest.raises(UsageError, match=r"no object matches|no data in this folder"):
            find_inputs([nothing])


@pytest.mark.parametrize("name", ["[1].jsonl", "q?x.jsonl", "s*r.jsonl"])
def test_an_object_whose_name_looks_like_a_glob_is_that_object(memory, name):
    memory.pipe({f"/d/{name}": ROWS, "/d/1.jsonl": ROWS, "/d/qax.jsonl": ROWS, "/d/star.jsonl": ROWS})
    assert list(find_inputs([f"memory://d/{name}"])) == [f"memory://d/{name}"]


def test_every_format_is_read_through_a_store(memory, tmp_path):
    """Blocks of JSON Lines, gzip, CSV and Parquet in a store are those of the same files on this machine, and hashes are equal."""
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = pyarrow.table({"prompt": ["p"] * 3000, "completion": [f"answer {n}" for n in range(3000)]})
    parquet.write_table(table, tmp_path / "d.parquet", row_group_size=700)
    (tmp_path / "a.jsonl").write_bytes(ROWS)
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(ROWS))
    (tmp_path / "c.csv").write_bytes(b"prompt,completion\n" + b'p,"a\nb"\n' * 500)
    for path in tmp_path.iterdir():
        memory.pipe(f"/f/{path.name}", path.read_bytes())
        readings, name = Readings(), f"memory://f/{path.name}"
        assert read(name, readings=readings) == read(str(path))
        assert readings.confirm(name, name).sha256 == hash_file(name).sha256 == hash_file(path).sha256
        memory.pipe(f"/f/{path.name}", path.read_bytes() + b"\n")
        with pytest.raises(FileChangedError):
            readings.confirm(name, name)


def test_an_object_that_changes_during_a_run_is_reported(memory):
    """The version of an object is compared after its last block."""
    memory.pipe("/d/a.jsonl", ROWS)
    blocks = FileSource(("memory://d/a.jsonl",), block_size=1 << 12).blocks()
    next(blocks)
    time.sleep(0.001)
    memory.pipe("/d/a.jsonl", ROWS)
    assert [flaw.detail for block in blocks for flaw in block.broken] == [LOST]


@pytest.mark.parametrize("form", ["ranges", "no ranges", "no size"])
def test_a_web_server_is_read_with_and_without_ranges(web, form):
    """With ranges no byte is fetched twice while an object is read on; without, the body is read from its start."""
    web.objects["/a.jsonl"] = WebObject(ROWS * 4, ranges=form == "ranges", sized=form != "no size")
    assert read(f"{web.url}/a.jsonl") == (ROWS * 4, [])


def test_parquet_needs_ranges(web):
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    whole = io.BytesIO()
    parquet.write_table(pyarrow.table({"completion": [f"answer {n}" for n in range(90_000)]}), whole, compression="none")
    for ranges in (True, False):
        web.objects["/a.parquet"] = WebObject(whole.getvalue(), ranges=ranges)
        data, broken = read(f"{web.url}/a.parquet")
        assert (data.count(b"\n"), bool(broken)) == ((90_000, False) if ranges else (0, True))
    assert "byte ranges" in broken[0][1]


def test_requests_that_fail_for_a_while_are_repeated(web):
    """Throttling and failures of the server pass after some tries; a body that is cut off is asked for again."""
    web.objects["/a.jsonl"] = WebObject(ROWS, refusals=[429, 503, 500, 429])
    assert read(f"{web.url}/a.jsonl") == (ROWS, [])
    web.objects["/b.jsonl"] = WebObject(ROWS, cut=100, then=WebObject(ROWS), after=1)
    assert read(f"{web.url}/b.jsonl") == (ROWS, [])
    web.objects["/c.jsonl"] = WebObject(ROWS * 9, ranges=False, cut=len(ROWS), then=WebObject(ROWS * 9, ranges=False), after=1)
    assert read(f"{web.url}/c.jsonl") == (ROWS * 9, [])


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        (WebObject(ROWS, always=503), "the store failed or is busy (HTTP 503), after 5 tries"),
        (WebObject(ROWS, always=429), "the store failed or is busy (HTTP 429), after 5 tries"),
        (WebObject(ROWS, always=403), "access is denied (HTTP 403)"),
        (WebObject(ROWS, always=401), "access is denied (HTTP 401)"),
        (WebObject(ROWS, needs="token=right"), "access is denied (HTTP 403)"),
        (None, "there is no such object in the store"),
    ],
)
def test_what_a_store_refuses_is_an_unread_file(web, stored, said):
    """Missing rights, absence and lasting failures are reported under the name of the object, without its secrets."""
    web.objects.update({"/a.jsonl": stored} if stored else {})
    url = web.url.replace("//", "//me:pass-word@") + "/a.jsonl?token=wrong-one"
    unread = find_inputs([url]).unread
    assert list(unread) == [f"{web.url}/a.jsonl?token=***"]
    assert said in next(iter(unread.values()))
    assert not {"pass-word", "wrong-one"} & set("".join([*unread, *unread.values()]).split("/"))


def test_credentials_of_an_address_are_sent_and_used(web):
    web.objects["/a.jsonl"] = WebObject(ROWS, needs="token=right")
    assert read(web.url.replace("//", "//me:word@") + "/a.jsonl?token=right") == (ROWS, [])
    assert web.users == {"Basic bWU6d29yZA=="}


def test_a_web_object_that_changes_during_a_run_is_reported(web):
    """A new ETag, and an object that has become shorter."""
    web.objects["/a.jsonl"] = WebObject(ROWS * 3, then=WebObject(ROWS * 3, tag='"2"'), after=6)
    assert [why for _, why in read(f"{web.url}/a.jsonl", block_size=1 << 12)[1]] == [LOST]


def test_no_answer_is_a_failure_that_may_pass():
    """The pauses double; an address without a server is asked as often as the retries say."""
    pytest.importorskip("aiohttp")
    pauses = []
    with pytest.raises(StoreError, match=r"cannot be reached \(\w+\), after 3 tries") as caught:
        RemoteFile(StoreAddress("http://u:word@127.0.0.1:9/a?token=abc"), StoreRetries(tries=3, pause=0.25, sleep=pauses.append))
    assert pauses == [0.25, 0.5]
    assert "abc" not in str(caught.value) and caught.value.__cause__ is None


def test_two_addresses_that_look_alike_are_refused(web):
    web.objects["/a.jsonl"] = WebObject(ROWS, needs="part=1")
    with pytest.raises(UsageError, match="differ only in their secrets"):
        find_inputs([f"{web.url}/a.jsonl?part=1", f"{web.url}/a.jsonl?part=2"])


def test_a_missing_package_is_named_with_its_extra(monkeypatch):
    """Of a store whose package is not installed, one line says what to install."""
    monkeypatch.setattr(fsspec, "filesystem", lambda *_, **__: (_ for _ in ()).throw(ImportError("Install gcsfs to access GCS")))
    with pytest.raises(MissingExtra, match=rf"gs://bucket/a\.jsonl: addresses of gs:// .* {re.escape(install('remote'))}"):
        find_inputs(["gs://bucket/a.jsonl"])


class AnswerError(Exception):
    """An error with the status of an answer, as the libraries of the stores raise."""

    def __init__(self, status):
        super().__init__("https://me:pass-word@host")
        self.status = status


@pytest.mark.parametrize(
    ("error", "said", "passing"),
    [
        (FileNotFoundError("x"), "no such object", False),
        (PermissionError("x"), "access is denied", False),
        (AnswerError(412), LOST, False),
        (AnswerError(400), "the store refused the request (HTTP 400)", False),
        (AnswerError(502), "the store failed or is busy (HTTP 502)", True),
        (TimeoutError("x"), "cannot be reached (TimeoutError)", True),
        (ConnectionResetError("x"), "cannot be reached (ConnectionResetError)", True),
    ],
)
def test_errors_of_the_libraries_are_said_in_our_words(error, said, passing):
    found = describe_store_error(error)
    assert (said in str(found), found.passing) == (True, passing)


def test_the_members_of_an_archive_in_a_store_are_inputs(memory, web, tmp_path, monkeypatch):
    """As those of a file: the same rows and the same unread members; a member may be named; the hash is that of the archive."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("d/x.jsonl", ROWS)
        archive.writestr("y.jsonl.gz", gzip.compress(ROWS[:9000]))
        archive.writestr("in.zip", b"PK\x05\x06" + bytes(18))
    memory.pipe("memory://b/z.zip", data.getvalue())
    web.objects["/b/z.zip"] = WebObject(data.getvalue())
    (tmp_path / "b").mkdir()
    (tmp_path / "b/z.zip").write_bytes(data.getvalue())
    monkeypatch.chdir(tmp_path)
    rows, lost = read("b/z.zip")
    for home in ("memory://b", f"{web.url}/b"):
        assert read(f"{home}/z.zip") == (rows, [(name.replace("b/", f"{home}/", 1), why) for name, why in lost])
        assert read(f"{home}/z.zip!d/x.jsonl") == read("b/z.zip!d/x.jsonl")
    assert read("memory://b/z.zip!none")[1][0][0] == "memory://b/z.zip!none"
    for place in ("memory://b/z.zip!d/x.jsonl", "b/z.zip!d/x.jsonl"):
        (file,) = leakguard.gate(place).data
        assert file.sha256 == hash_file(tmp_path / "b/z.zip").sha256


def test_an_archive_on_a_server_without_ranges_is_reported(web):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("x.jsonl", ROWS)
    web.objects["/z.zip"] = WebObject(data.getvalue(), ranges=False)
    ((name, why),) = read(f"{web.url}/z.zip")[1]
    assert name == f"{web.url}/z.zip" and "no byte ranges" in why
