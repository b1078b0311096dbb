"""The files that GitHub reads: they parse, hold the keys that GitHub and CITATION.cff ask for, and name only what exists."""

import re
from pathlib import Path

import pytest
import yaml

from leakguard import __version__

HOME = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted(HOME.glob(".github/workflows/*.yml"))
FORMS = sorted(path for path in HOME.glob(".github/ISSUE_TEMPLATE/*.yml") if path.name != "config.yml")

# GitHub's form schema: which attributes an element of a form needs, and which it may have as well.
TOP_KEYS = {"name", "description", "body", "assignees", "labels", "title", "projects", "type"}
NEEDED = {
    "markdown": {"value"},
    "textarea": {"label"},
    "input": {"label"},
    "dropdown": {"label", "options"},
    "checkboxes": {"label", "options"},
}
OPTIONAL = {
    "markdown": set(),
    "textarea": {"description", "placeholder", "value", "render"},
    "input": {"description", "placeholder", "value"},
    "dropdown": {"description", "multiple", "default"},
    "checkboxes": {"description"},
}
# A commit by its full hash, with the version that it is in a comment.
PINNED = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*$")


def name(path):
    return path.name


def read(path):
    """YAML 1.1 reads the key `on` of a workflow as true; as text it stays what it is."""
    return yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)


def jobs():
    return [pytest.param(job, id=f"{path.stem}-{key}") for path in WORKFLOWS for key, job in read(path)["jobs"].items()]


@pytest.mark.parametrize("path", FORMS, ids=name)
def test_an_issue_form_has_the_keys_that_github_requires(path):
    """Every form has a name, a description and a body, and every element of the body what its type needs and nothing unknown."""
    form = read(path)
    assert {"name", "description", "body"} <= set(form) <= TOP_KEYS
    assert any(element["type"] != "markdown" for element in form["body"])
    for element in form["body"]:
        kind, attributes = element["type"], element["attributes"]
        assert NEEDED[kind] <= set(attributes) <= NEEDED[kind] | OPTIONAL[kind], element
        assert set(element) <= {"type", "id", "attributes", "validations"}, element
        assert all(str(value).strip() for value in attributes.values()), element
        if kind == "markdown":
            assert set(element) == {"type", "attributes"}
        else:
            assert re.fullmatch(r"[A-Za-z0-9_-]+", element["id"])
        if kind == "dropdown":
            options = attributes["options"]
            assert len(set(options)) == len(options) and "none" not in map(str.lower, options)
        if kind == "checkboxes":
            assert all({"label"} <= set(option) <= {"label", "required"} for option in attributes["options"])
            assert "validations" not in element


def test_issue_forms_have_unique_names_ids_and_labels():
    """No two forms have one name, and within a form no two elements have one id or one label."""
    forms = [read(path) for path in FORMS]
    assert len({form["name"] for form in forms}) == len(forms)
    for form in forms:
        asked = [element for element in form["body"] if element["type"] != "markdown"]
        assert len({element["id"] for element in asked}) == len({element["attributes"]["label"] for element in asked}) == len(asked)


@pytest.mark.parametrize(("file", "becomes"), [("false-alarm.yml", "`misses`"), ("missed-pattern.yml", "`hits`")])
def test_a_report_about_a_row_asks_for_the_row_and_says_what_becomes_of_it(file, becomes):
    """The forms for false alarms and missed patterns require one row and the rule, and name the key of the rule that the row goes to."""
    form = read(HOME / ".github/ISSUE_TEMPLATE" / file)
    required = {element.get("id") for element in form["body"] if element.get("validations", {}).get("required") == "true"}
    assert {"row", "rule"} <= required
    assert becomes in form["body"][0]["attributes"]["value"] and "One row" in form["body"][0]["attributes"]["value"]


@pytest.mark.parametrize("job", jobs())
def test_a_workflow_calls_only_make_targets_and_scripts_that_exist(job):
    """Every `make TARGET` of a workflow is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (HOME / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    called = re.findall(r"\bmake ([a-z-]+)", "\n".join(step.get("run", "") for step in job["steps"]))
    assert set(called) <= targets


@pytest.mark.parametrize("path", WORKFLOWS, ids=name)
def test_a_workflow_has_least_permissions_and_pinned_actions(path):
    """A workflow reads the repository only, limits concurrent runs and the time of a job, and pins every action to a commit."""
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert {"group", "cancel-in-progress"} == set(workflow["concurrency"])
    assert all("timeout-minutes" in job for job in workflow["jobs"].values())
    used = [line.strip().removeprefix("- ") for line in path.read_text(encoding="utf-8").splitlines() if "uses: " in line]
    assert used and [line for line in used if not PINNED.fullmatch(line)] == []


def test_only_the_publishing_job_may_ask_for_an_identity():
    """`id-token: write` is given to the job that publishes, which runs in an environment of its own, and to no other."""
    found = {(path.stem, key): job.get("permissions") for path in WORKFLOWS for key, job in read(path)["jobs"].items()}
    assert {place: given for place, given in found.items() if given} == {("release", "publish"): {"id-token": "write"}}
    publish = read(HOME / ".github/workflows/release.yml")["jobs"]["publish"]
    assert publish["environment"]["name"] == "pypi" and publish["needs"] == "build"


def test_ci_covers_every_system_and_version():
    """The tests run on Linux, macOS and Windows, for Python 3.11 to 3.14."""
    matrix = read(HOME / ".github/workflows/ci.yml")["jobs"]["test"]["strategy"]["matrix"]
    assert {one.split("-")[0] for one in matrix["os"]} == {"ubuntu", "macos", "windows"}
    assert matrix["python"] == ["3.11", "3.12", "3.13", "3.14"]


def test_dependabot_watches_packages_and_actions():
    """Updates of Python packages and of actions are proposed."""
    updates = read(HOME / ".github/dependabot.yml")["updates"]
    assert [update["package-ecosystem"] for update in updates] == ["pip", "github-actions"]
    assert all(update["directory"] == "/" and update["schedule"]["interval"] for update in updates)


def test_the_citation_has_what_cff_requires():
    """CITATION.cff has the keys that CFF 1.2.0 requires, this version, and the paper that leakguard builds on."""
    citation = read(HOME / "CITATION.cff")
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert (citation["cff-version"], citation["version"], citation["license"]) == ("1.2.0", __version__, "Apache-2.0")
    assert all({"type", "title", "authors"} <= set(work) for work in citation["references"])
    assert "https://arxiv.org/abs/2507.14805" in [work["url"] for work in citation["references"]]
