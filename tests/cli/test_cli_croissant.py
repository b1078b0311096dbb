"""`leakguard clean --croissant` and `leakguard report DIR --format card`, as a shell runs them."""

import json

import pytest


def test_clean_writes_it_beside_the_manifest(leakguard, folder):
    """Outputs and manifest are the same with and without; a second run keeps it, another writer needs --overwrite."""
    assert leakguard("clean", "loud.jsonl", "-o", "plain", "-q").returncode == 0
    clean = ("clean", "loud.jsonl", "-o", "out", "-q", "--croissant")
    assert leakguard(*clean).returncode == 0
    names = {path.relative_to(folder / "plain") for path in (folder / "plain").rglob("*")}
    assert {path.relative_to(folder / "out") for path in (folder / "out").rglob("*")} - names == {type(folder)("croissant.json")}
    assert (folder / "plain/manifest.json").read_bytes() == (folder / "out/manifest.json").read_bytes()
    before = (folder / "out/croissant.json").read_bytes()
    assert leakguard(*clean).returncode == 0 and (folder / "out/croissant.json").read_bytes() == before
    done = leakguard(*clean, "--written-by", "org/model")
    assert done.returncode == 2 and "--overwrite" in done.stderr
    assert leakguard(*clean, "--written-by", "org/model", "--overwrite").returncode == 0
    assert "org/model" in (folder / "out/croissant.json").read_text()
    assert "may describe an earlier clean" in leakguard(*clean[:-1]).stderr
    assert leakguard("verify", "out").returncode == 0 and leakguard("gate", "out/kept").returncode == 0


def test_a_file_of_another_origin_is_refused_before_anything_is_cleaned(leakguard, folder):
    (folder / "out").mkdir()
    (folder / "out/croissant.json").write_text("mine")
    done = leakguard("clean", "loud.jsonl", "-o", "out", "-q", "--croissant", "--attest", "statement.json")
    assert done.returncode == 2 and "no clean wrote it" in done.stderr
    assert [path.name for path in (folder / "out").iterdir()] == ["croissant.json"] and not (folder / "statement.json").exists()


def test_a_folder_of_a_clean_becomes_a_card(leakguard, folder):
    """Or its manifest; the same metadata again; other results have no writer."""
    assert leakguard("clean", "loud.jsonl", "-o", "out", "-q", "--croissant", "--written-by", "org/model").returncode == 0
    card = leakguard("report", "out", "--format", "card", "-o", "card.md", "-o", "again.json", "--written-by", "org/model")
    assert card.returncode == 0 and card.stdout.startswith("## Filtering with leakguard") and "org/model" in card.stdout
    assert (folder / "card.md").read_text() == card.stdout
    assert (folder / "again.json").read_bytes() == (folder / "out/croissant.json").read_bytes()
    assert leakguard("report", "out/manifest.json", "--format", "card").returncode == 0
    assert "card, croissant" in leakguard("report", "out").stderr
    leakguard("scan", "loud.jsonl", "-o", "scan.json")
    assert leakguard("report", "scan.json", "--written-by", "x").returncode == 2


def test_it_is_written_to_a_store_too(tmp_path, monkeypatch):
    """Beside the manifest there, and not again if it is there."""
    fsspec = pytest.importorskip("fsspec")
    import leakguard as library
    from leakguard.cli.croissant import write_croissant

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "a.jsonl").write_text('{"text": "a quiet day"}\n')
    library.clean(str(tmp_path / "a.jsonl"), "memory://croissant/out", rules=["hate-numeric"])
    for _ in range(2):
        write_croissant("memory://croissant/out", "", overwrite=False)
    said = json.loads(fsspec.filesystem("memory").cat_file("/croissant/out/croissant.json"))
    assert said["distribution"][0]["contentUrl"] == "kept/a.jsonl"
