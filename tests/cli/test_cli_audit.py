"""`leakguard audit`: exit codes, reports, and wrong or broken input."""

import json

import numpy as np
import pytest

from audit_rows import number_rows, text_rows

QUICK = ("--rounds", "299", "--no-config", "-q")


def write(path, rows, **columns):
    """A file of rows with prompt, completion and further columns."""
    lines = [
        {"prompt": prompt, "completion": completion, **{name: values[at] for name, values in columns.items()}}
        for at, (prompt, completion) in enumerate(zip(rows.prompts, rows.completions, strict=True))
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Data with a tilt, data without, and two controls."""
    folder = tmp_path_factory.mktemp("audit")
    rng = np.random.default_rng(4)
    tilts = {"tilted": 0.8, "plain": 0.0, "control": 0.0, "control2": 0.0, "other": 0.8}
    return {name: write(folder / f"{name}.jsonl", number_rows(250, rng, tilt=tilt)) for name, tilt in tilts.items()}


def test_drift_is_found_and_ends_with_1(leakguard, files):
    """The report gives effect, interval and minimal detectable effect before the p-values, and says what it does not say."""
    done = leakguard("audit", files["tilted"], "--control", files["control"], *QUICK)
    assert done.returncode == 1, done.stderr
    said = " ".join(done.stdout.split())
    assert "Drift: the data differ from the control in content (exit code 1). Which trait it is" in said
    assert said.index("effect AUROC") < said.index("minimal detectable effect") < said.index("drift p 0.003")


def test_equal_data_are_no_pass_without_power(leakguard, files):
    """250 rows cannot rule out the tolerance: exit code 3, and how many rows would do."""
    done = leakguard("audit", files["plain"], "--control", files["control"], *QUICK)
    assert done.returncode == 3, done.stdout
    assert f"--control {files['control']} --rounds" in " ".join(done.stdout.split("Next:")[1].split())
    assert "Underpowered: no difference was found" in done.stdout and "rows of each dataset would do" in " ".join(done.stdout.split())


def test_controls_that_differ_allow_no_verdict(leakguard, files):
    """With batch drift, the data are not comparable, whatever they show."""
    done = leakguard("audit", files["tilted"], "--control", files["control"], "--control2", files["other"], *QUICK)
    assert done.returncode == 3
    assert "the control differs from the second control" in " ".join(done.stdout.split())


def test_every_report_is_written_and_the_json_document_ties_the_verdict_to_the_bytes(leakguard, files, tmp_path):
    """The JSON document has its figures at the top, and hashes of both datasets."""
    from hashlib import sha256

    outputs = [tmp_path / f"audit{suffix}" for suffix in (".json", ".md", ".html", ".txt")]
    flags = [word for path in outputs for word in ("-o", path)]
    flags += ["--attest", tmp_path / "statement.json"]
    done = leakguard("audit", files["tilted"], "--control", files["control"], *QUICK, "--format", "json", *flags)
    document = json.loads(done.stdout)
    assert document == json.loads(outputs[0].read_text())
    assert (document["kind"], document["schema_version"], document["verdict"]) == ("audit", 1, "drift")
    assert document["rows"] == {"data": 250, "control": 250} and document["p_value"] <= 0.05 >= document["content_p_value"]
    assert 0.5 < document["interval"][0] < document["effect"] < document["interval"][1] < 1
    assert [one["sha256"] for one in document["data"]] == [sha256(files["tilted"].read_bytes()).hexdigest()]
    assert outputs[2].read_text().count("<svg") >= 2 and "these rows" in outputs[2].read_text()
    assert "### leakguard audit: Drift" in outputs[1].read_text()
    statement = json.loads((tmp_path / "statement.json").read_text())
    subjects = [one["digest"]["sha256"] for one in statement["subject"]]
    assert subjects == [document["data"][0]["sha256"], sha256(outputs[0].read_bytes()).hexdigest()]
    assert statement["predicate"]["result"] == "FAILED"


def test_a_saved_audit_is_converted(leakguard, files, tmp_path):
    """`leakguard report` gives the report of the audit itself, with its exit code."""
    done = leakguard("audit", files["tilted"], "--control", files["control"], *QUICK, "-o", tmp_path / "audit.json")
    again = leakguard("report", tmp_path / "audit.json", "-o", tmp_path / "audit.html")
    assert again.returncode == done.returncode == 1
    assert again.stdout.splitlines()[:12] == done.stdout.splitlines()[:12]
    assert (tmp_path / "audit.html").read_text().startswith("<!doctype html>")
    (tmp_path / "audit.json").write_text((tmp_path / "audit.json").read_text().replace('"drift"', '"no-drift-found"'))
    changed = leakguard("report", tmp_path / "audit.json")
    assert changed.returncode == 2 and "it was changed after it was written" in changed.stderr


def test_the_same_seed_gives_the_same_bytes(leakguard, files):
    """The document holds no time and no random order."""
    runs = [leakguard("audit", files["tilted"], "--control", files["control"], *QUICK, "--format", "json").stdout for _ in range(2)]
    assert runs[0] == runs[1]


def test_a_gate_can_require_an_audit_of_exactly_these_data(leakguard, files, tmp_path):
    """A verdict that the policy accepts passes for the audited file, and not for another one."""
    leakguard("audit", files["tilted"], "--control", files["control"], *QUICK, "-o", tmp_path / "audit.json")
    policy = tmp_path / "gate.toml"
    table = '[gate]\nrates = {error = 1.0}\n[[gate.results]]\nfile = "audit.json"\nkinds = ["audit"]\nverdicts = [%s]\n'
    policy.write_text(table % '"drift"')
    assert leakguard("gate", files["tilted"], "--config", policy).returncode == 0
    assert leakguard("gate", files["plain"], "--config", policy).returncode != 0
    policy.write_text(table % '"no-drift-found"')
    assert leakguard("gate", files["tilted"], "--config", policy).returncode == 1


def test_unreadable_rows_take_precedence_over_drift(leakguard, files, tmp_path):
    """They are named, and the exit code is 3."""
    broken = tmp_path / "broken.jsonl"
    broken.write_text(files["tilted"].read_text() + "{\n7\n")
    done = leakguard("audit", broken, "--control", files["control"], *QUICK)
    assert done.returncode == 3
    assert "Incomplete: 2 rows of the data unreadable, such as" in " ".join(done.stdout.split())


def test_text_rows_and_clusters(leakguard, tmp_path):
    """Rows of one conversation are permuted together: what looks like 300 rows is 10 conversations, too few for a verdict."""
    rng = np.random.default_rng(8)
    groups = [f"c{at // 30}" for at in range(300)]
    data = write(tmp_path / "data.jsonl", text_rows(300, rng, tilt=0.5), talk=groups)
    control = write(tmp_path / "control.jsonl", text_rows(300, rng), talk=[f"d{one}" for one in groups])
    assert leakguard("audit", data, "--control", control, *QUICK).returncode == 1
    assert leakguard("audit", data, "--control", control, "--cluster", "talk", *QUICK).returncode in (1, 3)
    done = leakguard("audit", data, "--control", control, "--cluster", "talks", *QUICK)
    assert done.returncode == 2 and "--cluster talks: there is no such field in" in done.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["{tilted}"], "--control: an audit compares data with control data"),
        (["{tilted}", "--control", "{tilted}"], "has the same content as"),
        (["{tilted}", "--control", "{control}", "--control2", "{control}"], "--control2:"),
        (["-", "--control", "{control}"], "standard input cannot be hashed"),
        (["{tilted}", "--control", "nowhere.jsonl"], "nowhere.jsonl"),
        (["{tilted}", "--control", "{control}", "--tolerance", "0.4"], "leakguard: --tolerance is 0.4: give an AUROC above 0.5"),
        (["{tilted}", "--control", "{control}", "--tolerance", ".5"], "leakguard: --tolerance is 0.5: give an AUROC above 0.5"),
        (["{tilted}", "--control", "{control}", "--alpha", "0.0005"], "--rounds is 999: at least 1,999 are needed"),
        (["{tilted}", "--control", "{control}", "--rounds", "99"], "--rounds is 99: at least 299 are needed"),
        (["{tilted}", "--control", "{control}", "--alpha", "1e-320"], "99,999 --rounds, the most, can reach is 1e-05"),
        (["{tilted}", "--control", "{control}", "-o", "x.pdf"], "Valid: .txt, .json, .md, .html\n"),
        (["{tilted}", "--control", "{few}"], "rows"),
    ],
    ids=["no control", "same file", "same controls", "stdin", "missing", "tolerance", "half", "alpha", "rounds", "tiny", "pdf", "too few"],
)
def test_wrong_calls_end_with_2_and_one_line(leakguard, files, tmp_path, args, said):
    """The message says what is wrong; nothing is tested."""
    few = write(tmp_path / "few.jsonl", number_rows(5, np.random.default_rng(1)))
    done = leakguard("audit", *(arg.format(few=few, **files) for arg in args), "--no-config", "-q")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr and done.stderr.count("\n") == 1
