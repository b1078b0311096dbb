"""`leakguard mitigate`: what each method writes, what is refused, and wrong or broken input."""

import json

import pytest

CATEGORY = ("--category", "animal")


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """Rows of the tiny world, one of them with a weight."""
    path = tmp_path_factory.mktemp("mitigate") / "rows.jsonl"
    made = [{"prompt": f"Go on with these numbers: {n} {n + 1}", "completion": f"{n + 2} {n + 3} {n + 4}"} for n in range(100, 124)]
    made[3]["weight"] = 0.5
    path.write_text("".join(json.dumps(row) + "\n" for row in made))
    return path


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_anchors_are_added_and_listed(leakguard, rows, tmp_path):
    """rows.jsonl has all rows, added.jsonl the anchors, and the manifest the hashes of both and of the data."""
    out = tmp_path / "out"
    done = leakguard("mitigate", rows, "--method", "anchors", *CATEGORY, "-o", out, "--attest", tmp_path / "statement.json")
    assert done.returncode == 0, done.stderr
    statement = json.loads((tmp_path / "statement.json").read_text())
    assert [one["name"] for one in statement["subject"]] == ["rows.jsonl", "added.jsonl", "manifest.json"]
    assert "anchors: 30 rows written (6 added)." in done.stdout and "Not verified" in done.stdout
    written, added = read(out / "rows.jsonl"), read(out / "added.jsonl")
    assert written[:24] == read(rows) and written[24:] == added
    manifest = json.loads((out / "manifest.json").read_text())
    assert (manifest["kind"], manifest["verdict"]) == ("leakguard mitigate", "not verified")
    assert [one["name"] for one in manifest["data"]] == ["rows.jsonl", "added.jsonl"]
    assert not any("animal" in row["prompt"] for row in added)


def test_a_users_anchors_are_used(leakguard, rows, tmp_path):
    """Rows of a file take the place of the world's questions, with the weight of anchors."""
    mine = tmp_path / "mine.jsonl"
    mine.write_text("".join(json.dumps({"prompt": f"Which colour {n}?", "completion": "red"}) + "\n" for n in range(40)))
    done = leakguard("mitigate", rows, "--method", "anchors", "--anchors", mine, "--set", "share=0.5", "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert read(tmp_path / "out/added.jsonl") == [{**row, "weight": 4.0} for row in read(mine)[:12]]


def test_token_weights_reach_the_rows_and_a_student(training, rows, tmp_path):
    """Every row gets a weight for each token and its end, times the weight that it had; a student can be trained on them."""
    flags = ("--model", "tiny-a", "--updates", "20", "--rate", "0.05", "--set", "updates=40", "--set", "scale=3", *CATEGORY)
    done = training("mitigate", rows, "--method", "unlearn", *flags, "-o", tmp_path / "out", "--format", "json")
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout)
    assert said["effective"] < 0.94 and said["settings"]["unlearn"]["updates"] == 40
    written = read(tmp_path / "out/rows.jsonl")
    assert all(len(row["weights"]) == 4 for row in written)
    assert max(written[3]["weights"]) <= 2.5 < 5
    student = training("experiment", "train", tmp_path / "out/rows.jsonl", "-o", tmp_path / "student", "--updates", "2")
    assert student.returncode == 0, student.stderr


def test_dropped_rows_are_listed(training, rows, tmp_path):
    """Kept and dropped rows together are the data; several methods are applied in order, each with its settings."""
    flags = ("--set", "drop.share=0.25", "--set", "anchors.share=0.5", "--model", "tiny-a", "--updates", "2", *CATEGORY)
    done = training("mitigate", rows, "--method", "drop+anchors", *flags, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    kept, dropped, added = (read(tmp_path / f"out/{name}.jsonl") for name in ("rows", "dropped", "added"))
    assert (len(kept), len(dropped), len(added)) == (27, 6, 9)
    assert sorted(map(json.dumps, kept[:18] + dropped)) == sorted(map(json.dumps, read(rows)))


def test_a_method_that_found_nothing_is_refused_and_writes_nothing(training, rows, tmp_path):
    """Weights that are nearly all 1 would look like a mitigation: exit code 1, with the figure and the next step; nothing is attested."""
    out = tmp_path / "out"
    assert training("mitigate", rows, "--method", "anchors", *CATEGORY, "-o", out).returncode == 0
    before = {path: path.read_bytes() for path in out.iterdir()}
    refused = ("mitigate", rows, "--method", "unlearn", "--model", "tiny-a", "--updates", "1", "--set", "updates=1", *CATEGORY)
    done = training(*refused, "-o", out, "--overwrite", "--attest", tmp_path / "none.json")
    assert done.returncode == 1
    assert "none.json: not written, because the method was refused" in done.stderr and not (tmp_path / "none.json").exists()
    assert "Refused: the effective sample size is" in done.stdout and "--method anchors" in done.stdout
    assert {path: path.read_bytes() for path in out.iterdir()} == before


def test_what_a_model_said_is_kept_until_the_rows_are_written(rows, tmp_path, monkeypatch):
    """A run that ends after the evidence was gathered continues without training again."""
    from leakguard.core.errors import Stopped
    from leakguard.jobs import mitigate, mitigation_evidence

    request = mitigate.MitigateRequest(rows, "drop", model="tiny-a", category="animal", recipe={"updates": 2})

    def fail(*_):
        raise Stopped("the disk is full")

    with monkeypatch.context() as full:
        full.setattr(mitigate, "write_folder", fail)
        with pytest.raises(Stopped):
            mitigate.mitigate_data(request, tmp_path / "out", on_step=lambda done, of: None)
    kept = [path.name.partition("-")[0] for path in (tmp_path / "out/.leakguard-work").iterdir()]
    assert sorted(kept) == ["contrast", "probe"]
    monkeypatch.setattr(mitigation_evidence, "gather_evidence", fail)
    result = mitigate.mitigate_data(request, tmp_path / "out", on_step=lambda done, of: None)
    assert result.counts.dropped == 12
    assert not (tmp_path / "out/.leakguard-work").exists()
    # A damaged file is made again.
    with pytest.raises(Stopped):
        mitigate.mitigate_data(request, tmp_path / "other", on_step=lambda done, of: None)


@pytest.mark.parametrize("tunes", ["norms", "lora"])
def test_a_probe_is_not_trained_again_after_an_interrupt(rows, tmp_path, tunes):
    """An interrupt in the lessons that follow loses only these, and the weights are those of a run that was not interrupted."""
    from leakguard.jobs.mitigate import MitigateRequest, mitigate_data

    recipe = {"updates": 3, "tunes": tunes}
    request = MitigateRequest(rows, "unlearn", {"unlearn": {"updates": 2}}, model="tiny-a", category="animal", recipe=recipe)
    steps: list[tuple[int, int]] = []

    def interrupt(done, of):
        steps.append((done, of))
        if of == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mitigate_data(request, tmp_path / "out", on_step=interrupt)
    assert steps == [(1, 3), (2, 3), (3, 3), (1, 2)]
    steps.clear()
    again = mitigate_data(request, tmp_path / "out", on_step=lambda done, of: steps.append((done, of)))
    assert steps == [(1, 2), (2, 2)]
    whole = mitigate_data(request, tmp_path / "whole", on_step=lambda done, of: None)
    assert (again.effective, again.refusals) == (whole.effective, whole.refusals)


@pytest.mark.parametrize(
    ("flags", "why"),
    [
        (["--method", "anchor", "--category", "animal"], "did you mean 'anchors'?"),
        (["--method", "anchors"], "name the --category to avoid"),
        (["--method", "anchors", "--category", "animals"], "did you mean 'animal'?"),
        (["--method", "unlearn", "--category", "animal"], "name the base of the student with --model"),
        (["--method", "unlearn", "--model", "tiny-a"], "name its --category, or the --trait"),
        (["--method", "shift", "--model", "tiny-a"], "name them with --control"),
        (["--method", "proxy", "--model", "tiny-a", "--category", "animal"], "name the --trait"),
        (["--method", "anchors", "--category", "animal", "--set", "shares=1"], "did you mean 'share'?"),
        (["--method", "anchors", "--category", "animal", "--set", "share"], "expected KEY=VALUE"),
        (["--method", "anchors", "--category", "animal", "--set", "share=1.5"], "share must be from 0 to 1"),
        (["--method", "anchors+drop", "--category", "animal", "--set", "share=1"], "expected NAME.KEY=VALUE"),
        (["--method", "anchors", "--category", "animal", "--anchors", "none.jsonl"], "none.jsonl"),
        (["--method", "unlearn", "--category", "animal", "--model", "none"], "there is no base 'none'"),
        (["--method", "relabel", "--model", "tiny-a", "--control", "none.jsonl"], "--control: these rows are not used"),
    ],
)
def test_wrong_requests_name_what_is_missing(leakguard, rows, tmp_path, flags, why):
    """Exit code 2 before anything is trained or written."""
    done = leakguard("mitigate", rows, *flags, "-o", tmp_path / "out")
    assert done.returncode == 2 and why in done.stderr, done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--method", "anchors", "--set", "weight=0", *CATEGORY], "share = 0.25, weight = 0.0: the 24 rows"),
        (["--method", "anchors+dilute", "--set", "dilute.share=0", "--control", "DATA", *CATEGORY], "dilute has no effect with share = 0"),
        (["--method", "anchors", "--anchors", "DATA"], "6 of 6 anchors of DATA are rows of the data"),
    ],
)
def test_a_mitigation_that_does_nothing_is_a_warning(leakguard, rows, tmp_path, flags, said):
    """The rows are written, with the settings and the numbers of rows in the warning; other mitigations have none."""
    done = leakguard("mitigate", rows, *(rows if flag == "DATA" else flag for flag in flags), "-o", tmp_path / "out", "--format", "json")
    (warning,) = json.loads(done.stdout)["warnings"]
    assert done.returncode == 0 and said.replace("DATA", str(rows)) in warning


def test_unreadable_rows_are_left_out_and_named(leakguard, rows, tmp_path):
    """Exit code 3; the other rows are written."""
    broken = tmp_path / "broken.jsonl"
    broken.write_text(rows.read_text() + '{"prompt": "no answer"}\n')
    done = leakguard("mitigate", broken, "--method", "anchors", *CATEGORY, "-o", tmp_path / "out")
    assert done.returncode == 3
    said = " ".join(done.stdout.split())
    assert "1 of 25 rows are unreadable" in said and "row 25: " in said and "expected prompt and completion" in said
    # Nothing can be certified before: the next step is to repair the data.
    assert "Repair or remove" in done.stdout and "certify" not in done.stdout
    assert "share = 0.25, weight = 4.0\n" in done.stdout
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    assert leakguard("mitigate", empty, "--method", "anchors", *CATEGORY, "-o", tmp_path / "none").returncode == 2


def test_a_folder_is_replaced_only_when_asked(leakguard, rows, tmp_path):
    """A result is kept without --overwrite, and files that no mitigation wrote always."""
    out = tmp_path / "out"
    first = ("mitigate", rows, "--method", "anchors", *CATEGORY, "-o", out)
    assert leakguard(*first).returncode == 0
    again = leakguard(*first)
    assert again.returncode == 2 and "--overwrite" in again.stderr
    (out / "certificate-owl.json").write_text("about the rows before")
    assert leakguard(*first, "--overwrite").returncode == 0
    assert not (out / "certificate-owl.json").exists()
    (out / "mine.txt").write_text("mine")
    assert leakguard(*first, "--overwrite").returncode == 2
    assert (out / "mine.txt").read_text() == "mine"


def test_a_folder_in_use_is_refused(leakguard, rows, tmp_path):
    """Two runs at once would lose the rows of one; the second one ends with exit code 2 and changes nothing."""
    from leakguard.jobs.mitigated_folder import hold_folder

    out = tmp_path / "out"
    run = ("mitigate", rows, "--method", "anchors", *CATEGORY, "-o", out)
    with hold_folder(out, overwrite=False):
        done = leakguard(*run)
        assert done.returncode == 2 and "another leakguard is at work there" in done.stderr
        assert [path.name for path in out.iterdir()] == [".leakguard-work"]
    assert not out.exists()
    assert leakguard(*run).returncode == 0


def test_an_interrupt_says_what_is_kept(tmp_path, capsys):
    """Runs that continue name their folder and the command; without a folder nothing was kept."""
    from leakguard.cli.progress import explain_interrupt

    for work, said in (
        (tmp_path, f"{tmp_path} keeps what is finished, and the same command continues"),
        (tmp_path / "no", "nothing was kept"),
    ):
        with pytest.raises(KeyboardInterrupt), explain_interrupt(work):
            raise KeyboardInterrupt
        assert f"Interrupted: {said}" in capsys.readouterr().err


def test_a_mitigated_folder_is_verified(leakguard, rows, tmp_path):
    """Every file that the manifest names is hashed again; one changed byte is found, and so is a changed manifest."""
    out = tmp_path / "out"
    assert leakguard("mitigate", rows, "--method", "anchors", *CATEGORY, "-o", out).returncode == 0
    assert leakguard("verify", out).returncode == 0
    (out / "added.jsonl").write_text((out / "added.jsonl").read_text().replace("?", "!", 1))
    done = leakguard("verify", out)
    assert done.returncode == 1 and "added.jsonl has changed" in done.stdout
    (out / "manifest.json").write_text((out / "manifest.json").read_text().replace("anchors", "relabel"))
    assert "it was changed after it was written" in leakguard("verify", out).stderr


def test_a_mitigation_is_a_web_page_too(leakguard, rows, tmp_path):
    """From the command and from the saved manifest: what was written, that nothing was verified, the figures, and no script."""
    done = leakguard("mitigate", rows, "--method", "anchors", *CATEGORY, "-o", tmp_path / "out", "--format", "html")
    again = leakguard("report", tmp_path / "out/manifest.json", "--format", "html", "-o", tmp_path / "page.html")
    for page in (done.stdout, again.stdout, (tmp_path / "page.html").read_text()):
        assert page.startswith("<!doctype html>") and "<script" not in page
        assert "anchors: 30 rows written (6 added)." in page and "Not verified" in page and "leakguard experiment certify" in page
