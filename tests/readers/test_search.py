import json
import os
import socket
import threading
import time
from base64 import b64encode

import pytest

from leakguard.core.errors import UsageError
from leakguard.core.results import Ignored
from leakguard.readers.files.inputs import find_inputs, list_readable
from leakguard.readers.files.pipes import open_pipe
from leakguard.readers.files.search import matches_pattern
from leakguard.readers.files.streams import InputStream

ROW = b'{"text": "Tea at noon."}\n'
ENVELOPE = json.dumps(
    {
        "payload": b64encode(b'{"_type": "https://in-toto.io/Statement/v1"}').decode(),
        "payloadType": "application/vnd.in-toto+json",
        "signatures": [{"keyid": "", "sig": "AA=="}],
    }
).encode()
NOTE = b"A note about these rows.\n"
BLOB = b"\x00\x01\x02"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """home(path, data, ...) makes files in an empty working folder."""
    monkeypatch.chdir(tmp_path)

    def make(*files):
        for path, data in zip(files[::2], files[1::2], strict=True):
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            with open(path, "wb") as file:
                file.write(data)

    return make


def search(*paths, **how):
    """What is read, what is not (without the reasons), what is left out."""
    inputs = find_inputs(paths, **how)
    return [*list_readable(inputs)], [*inputs.unread], {entry.pattern: entry.files for entry in inputs.ignored}


@pytest.mark.parametrize(
    "name", [".rows.jsonl", ".data/rows.jsonl", "deep/.rows", ".cache/rows.jsonl", ".ipynb_checkpoints/rows-checkpoint.jsonl", ".git.jsonl"]
)
def test_hidden_files_are_read(home, name):
    """A leading full stop hides nothing from a trainer."""
    home(f"data/{name}", ROW)
    assert search("data") == ([f"data/{name}"], [], {})


@pytest.mark.parametrize(
    "name", ["notes.txt", "x.bin", ".swap", "deep/er/x", "-", "--config=x.png", "a\nb", "a\x1b[2J", "a\u202eb", "a\udcff"]
)
def test_what_is_not_read_is_named(home, name):
    """Whatever a file is called."""
    home("data/rows.jsonl", ROW, f"data/{name}", BLOB)
    assert search("data") == (["data/rows.jsonl"], [f"data/{name}"], {})


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("README.md", NOTE),
        ("readme", NOTE),
        ("LICENSE", NOTE),
        ("LICENCE-data.txt", NOTE),
        ("CHANGELOG.rst", b""),
        (".gitattributes", b"*.jsonl filter=lfs\n"),
        (".gitkeep", b""),
        (".DS_Store", b"\x00\x00\x00\x01Bud1"),
        ("leakguard.toml", b'fail-on = "never"\n'),
        ("dataset_info.json", b'{\n "splits": {"train": 2},\n "features": {}\n}'),
        ("dataset_infos.json", b'{"default": {"splits": {}}}'),
        ("state.json", b'{\n "_data_files": []\n}\n'),
        ("croissant.json", b'{"@type": "sc:Dataset"}'),
        ("manifest.dsse.json", ENVELOPE),
        ("rows.jsonl.sha256", b"%b  rows.jsonl\n" % (64 * b"0")),
        ("SHA256SUMS", b"%b *a.jsonl\n%b *b.jsonl\n" % (64 * b"0", 64 * b"f")),
        ("rows.md5", 32 * b"a"),
    ],
)
def test_what_is_known_to_hold_no_data_is_left_out_and_named(home, name, data):
    """It stands in the report, and is no reason for an incomplete run."""
    home("data/rows.jsonl", ROW, f"data/deep/{name}", data)
    inputs = find_inputs(["data"])
    assert ([*inputs], inputs.unread) == (["data/rows.jsonl"], {})
    assert inputs.ignored == (Ignored("", 1, (f"deep/{name}",)),)


@pytest.mark.parametrize(
    ("name", "data", "read"),
    [
        ("README.jsonl", ROW, True),
        ("README", ROW, True),
        ("LICENSE.csv", b"id,text\n1,Tea\n", True),
        (".gitignore", ROW, True),
        ("leakguard.toml", ROW, True),
        ("state.json", ROW, True),
        ("dataset_info.json", b'{"messages": [], "splits": {}}', True),
        ("state.json", ROW + ROW, True),
        ("manifest.json", ROW, True),
        ("reasons.jsonl", ROW, True),
        ("rows.sha256", ROW, True),
        ("README.png", BLOB, False),
        ("LICENSE.zip", b"PK\x03\x04", False),
        ("readmes.txt", NOTE, False),
        ("licenses_of_cities.txt", NOTE, False),
        ("notes.md", NOTE, False),
        ("rows.sha256", NOTE, False),
        ("manifest.json", b'{\n "kind": "another"\n}', False),
        ("certificate-owl.json", b'{\n "kind": "leakguard mitigate"\n}', False),
        ("certificate-owl.json", ROW, True),
        ("rows.dsse.json", ROW, True),
        ("rows.dsse.json", ENVELOPE.replace(b"in-toto+json", b"json"), True),
        ("rows.dsse.json", ENVELOPE.replace(b'"sig"', b'"text"'), True),
        ("rows.dsse.json", ENVELOPE.replace(b"}", b', "text": "Tea"}', 1), True),
        ("rows.dsse.json", ENVELOPE.replace(b'"payload": "e', b'"payload": "f'), True),
        ("state.json", b"[\n1,\n2]", False),
    ],
)
def test_a_name_alone_makes_nothing_no_data(home, name, data, read):
    """What could be read as rows is read, and what cannot be told is named."""
    home("data/rows.jsonl", ROW, f"data/{name}", data)
    inputs = find_inputs(["data"])
    assert (f"data/{name}" in list_readable(inputs), f"data/{name}" in inputs.unread) == (read, not read)
    assert inputs.ignored == ()


def test_outputs_of_a_clean_are_known(home):
    """Its manifest and reasons are no data; reasons with words of a row in them are."""
    said = b'{"file": "a", "row": 1, "fate": "removed", "findings": []}\n'
    home("out/kept/a.jsonl", ROW, "out/manifest.json", b'{\n "kind": "leakguard clean"\n}\n', "out/reasons.jsonl", said)
    assert search("out") == (["out/kept/a.jsonl"], [], {"": 2})
    home("out/reasons.jsonl", said + said.replace(b'"row"', b'"text": "Tea", "row"'))
    assert search("out") == (["out/kept/a.jsonl", "out/reasons.jsonl"], [], {"": 1})


@pytest.mark.parametrize(("more", "known"), [({}, True), ({"text": "Tea"}, False), ({"prompt": "Tea?", "completion": "Tea"}, False)])
def test_the_files_that_a_manifest_lists_are_no_columns_of_a_row(home, more, known):
    """The keys inputs and outputs would be columns if they held text."""
    entry = {"path": "a.jsonl", "sha256": "0" * 64, **more}
    said = {"kind": "leakguard clean", "inputs": [entry], "outputs": [{"path": "kept/a.jsonl", "input": "a.jsonl", "sha256": "0" * 64}]}
    home("out/kept/a.jsonl", ROW, "out/manifest.json", json.dumps(said, indent=1).encode())
    assert (search("out")[0] == ["out/kept/a.jsonl"]) == known
    texts = {"kind": "leakguard clean", "inputs": ["Tea?"], "outputs": ["Tea"]}
    home("out/manifest.json", json.dumps(texts, indent=1).encode())
    assert search("out")[1] == ["out/manifest.json"]


def test_documents_beside_mitigated_rows_are_known(home):
    """The manifest and the certificates are no data."""
    home("safer/rows.jsonl", ROW, "safer/manifest.json", b'{"kind": "leakguard mitigate"}\n')
    home("safer/certificate-owl.json", b'{"kind": "leakguard certificate"}\n')
    assert search("safer") == (["safer/rows.jsonl"], [], {"": 2})


def test_folders_of_git_and_of_the_hub_are_left_out(home):
    """They are named, and not searched."""
    home("data/a.jsonl", ROW, "data/.git/HEAD", NOTE, "data/.cache/huggingface/x.lock", b"", "data/sub/.git/b.jsonl", ROW)
    inputs = find_inputs(["data"])
    assert ([*inputs], inputs.unread) == (["data/a.jsonl"], {})
    assert inputs.ignored == (Ignored("", 3, (".cache/huggingface/", ".git/", "sub/.git/")),)


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.png", ["a.png", "deep/b.png"]),
        ("deep/*", ["deep/b.png", "deep/images/c.jpg"]),
        ("images/", ["deep/images/c.jpg"]),
        ("deep/", ["deep/b.png", "deep/images/c.jpg"]),
        ("c.jp?", ["deep/images/c.jpg"]),
        ("*.PNG", []),
        ("images", []),
    ],
)
def test_patterns_leave_files_out(home, pattern, names):
    """A pattern is matched against the path below the folder and against the name; what it leaves out is counted."""
    files = ["a.png", "deep/b.png", "deep/images/c.jpg"]
    home("data/rows.jsonl", ROW, *(part for name in files for part in (f"data/{name}", BLOB)))
    rest = [f"data/{name}" for name in files if name not in names]
    assert search("data", ignore=[pattern]) == (["data/rows.jsonl"], rest, {pattern: len(names)} if names else {})
    assert [name for name in files if matches_pattern(name, pattern) or matches_pattern(os.path.basename(name), pattern)] == names


def test_patterns_speak_of_named_files_links_and_pipes_too(home):
    """Whatever would be named as not read can be left out."""
    home("data/rows.jsonl", ROW, "a.png", BLOB)
    os.mkfifo("data/p.out")
    os.symlink("nowhere", "data/q.out")
    os.symlink("/", "data/r.out")
    assert search("data", "a.png", ignore=["*.out", "*.png"]) == (["data/rows.jsonl"], [], {"*.out": 3, "*.png": 1})
    with pytest.raises(UsageError, match=r"every file is left out by `ignore-files` '\*.png'"):
        find_inputs(["a.png"], ignore=["*.png"])


def test_a_folder_without_data_says_what_it_holds(home):
    """So that a wrong name is seen; a folder in which something was not read is no such folder."""
    home("data/README.md", NOTE, "other/x.bin", BLOB)
    with pytest.raises(UsageError, match=r"data: no data in this folder: it contains README.md, none of which is data"):
        find_inputs(["data"])
    assert search("other") == ([], ["other/x.bin"], {})


def test_links_that_stay_inside_are_followed(home):
    """Once: a file under two names is read under the first."""
    home("data/deep/a.jsonl", ROW)
    os.symlink("deep/a.jsonl", "data/z.jsonl")
    os.symlink("deep", "data/other")
    os.symlink("..", "data/deep/up")
    inputs = find_inputs(["data"])
    assert (len(inputs), inputs.unread) == (1, {})


@pytest.mark.parametrize("target", ["../private.jsonl", "../elsewhere", "/", "../data-too/a.jsonl", "../data/../private.jsonl"])
def test_links_that_lead_outside_are_named(home, target):
    """A folder that came from elsewhere does not choose what is read beside it; asked for, it is."""
    home("data/a.jsonl", ROW, "private.jsonl", ROW, "elsewhere/b.jsonl", ROW, "data-too/a.jsonl", ROW)
    os.symlink(target, "data/link")
    inputs = find_inputs(["data"])
    assert [*list_readable(inputs)] == ["data/a.jsonl"]
    assert inputs.unread["data/link"].startswith("a link that leads outside of the folder (to /")
    if not target.startswith("/"):
        assert len(list_readable(find_inputs(["data"], follow_links=True))) == 2


@pytest.mark.parametrize("asked", ["data/*", "data/**/*", "data/l*"])
def test_a_glob_follows_no_link_outside_either(home, asked):
    """Its part without wildcards is the folder; a link that is named in full is read."""
    home("data/a.jsonl", ROW, "data/lake.jsonl", ROW, "private.jsonl", ROW)
    os.symlink("../private.jsonl", "data/link.jsonl")
    assert search(asked)[1] == ["data/link.jsonl"]
    assert search("data/link.jsonl", asked)[:2] == (sorted({*search(asked)[0], "data/link.jsonl"}), [])


def test_the_cache_of_the_hub_is_read(home):
    """Its snapshots consist of links into blobs beside them; a blob that is a link itself leads outside."""
    cache = "hub/datasets--me--tea"
    home(f"{cache}/blobs/1a", ROW, f"{cache}/snapshots/9f/deep/x", b"", "private.jsonl", ROW)
    os.symlink("../../blobs/1a", f"{cache}/snapshots/9f/train.jsonl")
    os.symlink("../../../blobs/1a", f"{cache}/snapshots/9f/deep/test.jsonl")
    os.symlink("../../../private.jsonl", f"{cache}/blobs/2b")
    os.symlink("../../blobs/2b", f"{cache}/snapshots/9f/evil.jsonl")
    for folder in (f"{cache}/snapshots/9f", f"{cache}/snapshots"):
        read, unread, _ = search(folder)
        assert len(read) == 2
        assert [os.path.basename(name) for name in unread] == ["evil.jsonl"]
    assert [os.path.basename(name) for name in search("hub")[1]] == ["2b", "evil.jsonl"]


def test_blobs_that_are_a_link_open_nothing(home):
    """Or the data would say for themselves which folder belongs to their cache."""
    home("private/a.jsonl", ROW, "hub/snapshots/9f/b.jsonl", ROW)
    os.symlink("../private", "hub/blobs")
    os.symlink("../../blobs/a.jsonl", "hub/snapshots/9f/link.jsonl")
    assert search("hub/snapshots/9f")[1] == ["hub/snapshots/9f/link.jsonl"]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("nowhere.jsonl", "a broken link (to nowhere.jsonl)"),
        ("x.jsonl", "a link that leads to itself"),
        ("a.jsonl/b", "a broken link (to a.jsonl/b)"),
    ],
)
def test_links_without_an_end_are_named(home, target, words):
    """In a folder they make the run incomplete; named themselves they are a usage error."""
    home("data/a.jsonl", ROW)
    os.symlink(target, "data/x.jsonl")
    assert find_inputs(["data"]).unread == {"data/x.jsonl": words}
    assert find_inputs(["data/*"]).unread == {"data/x.jsonl": words}
    with pytest.raises(UsageError) as error:
        find_inputs(["data/x.jsonl"])
    assert str(error.value) == f"data/x.jsonl: {words}"


def test_sockets_pipes_and_devices_of_a_folder_are_named(home):
    """None is opened: it could wait, or never end."""
    home("data/a.jsonl", ROW)
    os.mkfifo("data/pipe.jsonl")
    os.symlink("/dev/zero", "data/zero.jsonl")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("data/socket.jsonl")
        for asked, how in (("data", {}), ("data/*.jsonl", {}), ("data", {"follow_links": True})):
            assert search(asked, **how)[:2] == (["data/a.jsonl"], ["data/pipe.jsonl", "data/socket.jsonl", "data/zero.jsonl"])
        with pytest.raises(UsageError, match=r"socket\.jsonl: this is a socket"):
            find_inputs(["data/socket.jsonl"])


def test_devices_without_an_end_are_refused(home):
    """/dev/null has one."""
    for name in ("/dev/zero", "/dev/urandom", "/dev/full"):
        with pytest.raises(UsageError, match=f"{name}: this is a device"):
            find_inputs([name])
        with open(name, "rb") as device, pytest.raises(OSError, match="this is a device"):
            InputStream("-", device)
    assert [*find_inputs(["/dev/null"])] == ["/dev/null"]


def test_a_pipe_is_waited_for_only_until_it_has_a_writer(tmp_path):
    """Without one, reading it would never begin; with one, its data may take any time."""
    path = str(tmp_path / "pipe")
    os.mkfifo(path)
    with pytest.raises(OSError, match="no program writes into it"):
        open_pipe(path, patience=0.05)

    def write():
        with open(path, "wb") as pipe:
            time.sleep(0.2)
            pipe.write(ROW)

    writer = threading.Thread(target=write)
    writer.start()
    file, head = open_pipe(path)
    with file:
        assert head + file.read() == ROW
    writer.join()


def test_a_folder_in_the_way_of_a_name_is_searched(home):
    """Folders that a glob matches, whatever they are called."""
    home("data/a.jsonl/b.jsonl", ROW, "data/c.jsonl", ROW, "data/.d/e.jsonl", ROW)
    assert search("data/*")[0] == ["data/a.jsonl/b.jsonl", "data/c.jsonl"]
    assert search("data", "data/a.jsonl")[0] == ["data/.d/e.jsonl", "data/a.jsonl/b.jsonl", "data/c.jsonl"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is closed to root")
def test_what_may_not_be_opened_is_named(home):
    """A folder and a file without permission."""
    home("data/a.jsonl", ROW, "data/closed/b.jsonl", ROW, "data/c.jsonl", ROW)
    os.chmod("data/closed", 0)
    os.chmod("data/c.jsonl", 0)
    try:
        unread = find_inputs(["data"]).unread
    finally:
        os.chmod("data/closed", 0o755)
    assert unread == {"data/closed": "this folder cannot be listed: Permission denied", "data/c.jsonl": "Permission denied"}


def test_many_files(home):
    """Thousands of files in one folder: each is told."""
    home(*(part for n in range(3_000) for part in (f"data/{n % 7}/{n}.jsonl", ROW)), "data/x.bin", BLOB)
    read, unread, _ = search("data")
    assert (len(read), unread) == (3_000, ["data/x.bin"])
