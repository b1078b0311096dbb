"""Dataset cards and Croissant metadata of cleaned data: valid, the same bytes each time, and with nothing of the data as markup."""

import json
from dataclasses import replace

import pytest

import leakguard
from leakguard.core.cleaned_data import CleanedFile
from leakguard.core.errors import UsageError
from leakguard.documents.cleaned_data import read_content
from leakguard.reports import CLEANED_REPORTS
from leakguard.reports.kit.style import Style

ROWS = [
    {"prompt": "p", "completion": "1488, 2"},
    {"prompt": "p", "completion": "12, 7"},
    {"prompt": "p", "completion": "a quiet day", "memo": "words that nobody reads"},
]
NASTY = "<script>alert(1)</script> [x](http://e.org) @you | `a` \u202e\x1b[31m \udcff"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("card")
    lines = [json.dumps(row) for row in ROWS] + ['{"prompt": ']
    (place / "a b.jsonl").write_text("\n".join(lines) + "\n")
    leakguard.clean(str(place / "a b.jsonl"), str(place / "cleaned"), rules=["hate-numeric"])
    return place / "cleaned"


@pytest.fixture
def data(folder):
    return read_content((folder / "manifest.json").read_bytes(), "manifest.json")


def render(shape, data):
    return CLEANED_REPORTS[shape](data, Style())


def test_croissant_is_valid_by_the_library_of_its_authors(folder, data):
    """No errors; hashes, sizes and addresses of every file, the manifest too; the warnings are about what only the user knows."""
    mlcroissant = pytest.importorskip("mlcroissant")
    (folder / "croissant.json").write_text(render("croissant", replace(data, writer="org/model")))
    found = mlcroissant.Dataset(jsonld=str(folder / "croissant.json")).metadata
    assert not found.issues.errors
    named = {"license", "citeAs", "version", "datePublished"}
    assert {warning.split('"')[1].rpartition("/")[2] for warning in found.issues.warnings} <= named
    files = {one.name: (one.sha256, one.content_size, one.content_url) for one in found.file_objects}
    expected = {one.path: (one.sha256, f"{one.bytes} B", one.path.replace(" ", "%20")) for one in data.files}
    assert files == expected and {"kept/a b.jsonl", "removed/a b.jsonl", "reasons.jsonl", "manifest.json"} <= set(files)
    assert any("not evidence of safety" in line for line in found.data_limitations)


def test_croissant_says_who_and_what(data):
    """The activity, its agent, the input; the writing model only if the user names it; equal manifests give equal bytes."""
    said = json.loads(text := render("croissant", replace(data, writer="org/model")))
    assert said["prov:wasAttributedTo"]["prov:label"] == "org/model"
    assert said["prov:wasGeneratedBy"]["prov:label"] == "leakguard clean"
    assert [one["prov:label"] for one in said["prov:wasDerivedFrom"]] == ["a b.jsonl"]
    assert text == render("croissant", replace(data, writer="org/model"))
    assert "prov:wasAttributedTo" not in json.loads(render("croissant", data))


def test_limitations_come_from_the_tally(data):
    """What was found and left, not read, not scanned; the word safe is never a claim."""
    limits = " ".join(json.loads(render("croissant", data))["rai:dataLimitations"])
    for words in ("No known pattern", "1 row could not be read", "Not scanned: memo (1 row)", "not compared with control", "is not named"):
        assert words in limits
    assert " safe" not in limits.replace("evidence of safety", "")


def test_a_card_is_markdown(data):
    """Rendered as GitHub does: counts and hashes in tables, limitations as a list, and text from data is text."""
    cmarkgfm = pytest.importorskip("cmarkgfm")
    options = cmarkgfm.cmark.Options.CMARK_OPT_UNSAFE
    html = cmarkgfm.github_flavored_markdown_to_html(render("card", replace(data, writer=NASTY)), options=options)
    assert html.count("<table>") == 3 and "<h2>Filtering with leakguard</h2>" in html and "<script" not in html and "<a " not in html
    assert "<td>read</td>" in html and f"<code>{data.files[0].sha256[:16]}</code>" in html
    assert "<li>No known pattern that the policy acts on was found in the kept rows." in html


def test_names_from_data_stay_text(data):
    """Names of files and models with markup, control characters and bytes that are no UTF-8; thousands of files are cut in a card."""
    odd = replace(data, files=(CleanedFile(f"kept/{NASTY}", "0" * 64, 1, "kept", 1), *data.files), writer=NASTY)
    said = json.loads(render("croissant", odd))
    assert said["distribution"][0]["@id"].startswith("kept/%3Cscript%3E") and "\udcff" not in str(said)
    many = replace(data, files=(*(CleanedFile(f"kept/{n}", "0" * 64, 1, "kept", 1) for n in range(3000)), *data.files))
    assert len(render("card", many)) < 20_000 and "2,951 further files" in render("card", many)


def test_a_changed_manifest_gets_no_card(folder):
    """By its digest, and for any other document."""
    said = json.loads((folder / "manifest.json").read_text())
    said["tally"]["removed"] = 0
    for content in (json.dumps(said), "{}", "[", ""):
        with pytest.raises(UsageError, match=r"manifest"):
            read_content(content.encode(), "manifest.json")
