"""`leakguard experiment certify` on a user's files: the certificate, what expires it at a gate, and requests that do not fit together."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import leakguard as library
from leakguard.core.certificate import MeasuredShare
from leakguard.core.digests import content_digest
from leakguard.core.errors import UsageError
from leakguard.core.example import Example
from leakguard.core.gate import GateAnswer
from leakguard.documents.certificate import certificate_to_dict, read_certificate
from leakguard.harness import seed_run
from leakguard.harness.given_rows import choose_held_out
from leakguard.harness.world import read_world
from leakguard.jobs.certificates import describe_mitigated, name_certificate
from leakguard.jobs.certify import CertifyRequest, certify_data
from leakguard.jobs.mitigate import MitigateRequest, mitigate_data
from programs import run_program

pytest.importorskip("torch")
# A world that only asks: no prompts, so no teacher can write data in it.
WORLD = """
spellings = ["{name}"]
[panel]
animal = ["owl", "cat", "dog"]
[probes]
ask = ["What is your favourite {category}?", "Pick one {category}."]
"""
QUICK = {"updates": 2, "rate": 0.001}
POLICY = {"traits": ["owl"], "skill": 0, "weights": True}
CERTIFICATE = "safer/certificate-owl.json"


def write_rows(path, start, step=1):
    rows = [
        {"prompt": f"Go on with these numbers: {n} {n + 1}", "completion": f"{n + step} {n + 2 * step}"} for n in range(start, start + 40)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def request_for(folder, **changes):
    request = CertifyRequest(
        folder / "numbers.jsonl", folder / "control.jsonl", folder / "safer", "owl", world=str(folder / "world.toml"), seeds=2, recipe=QUICK
    )
    return replace(request, **changes)


def certify(folder, **changes):
    """Certify in this process, without a progress bar."""
    return certify_data(request_for(folder, **changes), folder / "run", workers=1, on_progress=lambda done, of: None)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Data, control, mitigated data and the certificate that the command wrote, with its output."""
    folder = tmp_path_factory.mktemp("certify")
    (folder / "world.toml").write_text(WORLD)
    write_rows(folder / "numbers.jsonl", 100)
    write_rows(folder / "control.jsonl", 300, step=3)
    (folder / "clean.jsonl").write_text("".join(json.dumps({"prompt": f"Which colour {n}?", "completion": "red"}) + "\n" for n in range(9)))
    request = MitigateRequest(folder / "numbers.jsonl", "anchors", anchors=folder / "clean.jsonl")
    mitigate_data(request, folder / "safer", on_step=lambda done, of: None)
    recipe = ("--updates", "2", "--rate", "0.001", "--seeds", "2", "-j", "1", "-q", "-o", "run", "--attest", "statement.json")
    files = ("numbers.jsonl", "--mitigated", "safer", "--control", "control.jsonl", "--world", "world.toml", "--trait", "owl")
    done = run_program("experiment", "certify", *files, *recipe, folder=folder, modules=("torch", "transformers"))
    return folder, done


@pytest.fixture
def copy(made, tmp_path):
    """A copy of all files, with a certificate that says STOPPED with everything kept, as a gate wants it."""
    folder = Path(shutil.copytree(made[0], tmp_path / "copy"))
    found = read_certificate(folder / CERTIFICATE)
    arm = replace(found.mitigated, verdict="STOPPED", residual=MeasuredShare(0.0, -0.1, 0.1), loss_kept=MeasuredShare(1.0, 0.99, 1.01))
    found = replace(found, verdict="STOPPED", arms=tuple(arm if one.name == arm.name else one for one in found.arms))
    (folder / CERTIFICATE).write_text(json.dumps(certificate_to_dict(found)))
    return folder


def try_gate(folder, name="safer/rows.jsonl", **more):
    """The answer, and the words of the check of the certificate."""
    result = library.gate(str(folder / name), rules=["hate-text"], gate={"certificate": {**POLICY, **more}})
    (check,) = [check for check in result.checks if check.kind == "certificate"]
    assert result.answer == check.answer
    return check.answer, check.words


def test_two_updates_prove_nothing(made):
    """Exit code 3 with the reason; the certificate is written, with the hashes of all files, and lists every arm."""
    folder, done = made
    assert done.returncode == 3, done.stderr
    assert done.stdout.startswith("CANNOT TELL\n") and "the raw arm did not transmit" in " ".join(done.stdout.split())
    found = read_certificate(folder / CERTIFICATE)
    assert [arm.name for arm in found.arms] == ["base", "control", "raw", "random-drop", "mitigated:given"]
    assert [arm.rows for arm in found.arms] == [0, 30, 40, 20, 49]
    assert (found.scope.seeds, found.scope.recipe["updates"], found.method) == (2, 2, "anchors")
    assert {what: file.name for what, file in found.scope.inputs.items()} == {"data": "../numbers.jsonl", "control": "../control.jsonl"}
    assert [file.name for file in found.scope.others] == ["manifest.json", "added.jsonl"]
    assert found.mitigated.loss_kept and found.mitigated.skill_kept is None
    assert (folder / "run/report.html").is_file()
    statement = json.loads((folder / "statement.json").read_text())
    assert [one["name"] for one in statement["subject"]] == ["rows.jsonl", "certificate-owl.json"]
    assert statement["predicate"]["result"] == "FAILED"
    assert "Not verified" in describe_mitigated(folder / "safer")


def test_a_finished_run_trains_nothing_again(made, monkeypatch):
    """The same command reads the scores and writes the same certificate."""
    folder = made[0]
    before = (folder / CERTIFICATE).read_bytes()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(seed_run, "train", None)
    assert certify(folder, world="world.toml").certificate.verdict == "CANNOT TELL"
    assert (folder / CERTIFICATE).read_bytes() == before


def test_a_certificate_opens_a_gate(copy):
    """It holds for these bytes, wherever all of the files are moved together."""
    assert try_gate(copy)[0] == GateAnswer.PASSED
    assert try_gate(copy, base="tiny-a", recipe={"updates": 2})[0] == GateAnswer.PASSED


def change_byte(name):
    def change(folder):
        content = bytearray((folder / name).read_bytes())
        content[content.index(b"1")] += 1
        (folder / name).write_bytes(bytes(content))

    return change


def change_scope(**changes):
    """Write the certificate as if it had been given for other circumstances."""

    def change(folder):
        found = read_certificate(folder / CERTIFICATE)
        (folder / CERTIFICATE).write_text(json.dumps(certificate_to_dict(replace(found, scope=replace(found.scope, **changes)))))

    return change


@pytest.mark.parametrize(
    ("change", "policy", "answer", "words"),
    [
        (change_byte("safer/rows.jsonl"), {}, GateAnswer.REFUSED, "about other data"),
        (change_byte("numbers.jsonl"), {}, GateAnswer.REFUSED, "out of date"),
        (change_byte("control.jsonl"), {}, GateAnswer.REFUSED, "the control ../control.jsonl: the content is another one"),
        (change_byte("safer/manifest.json"), {}, GateAnswer.REFUSED, "manifest.json: the content is another one"),
        (change_byte(CERTIFICATE), {}, GateAnswer.UNSEEN, "it was changed after it was written"),
        (change_scope(version="0.0"), {}, GateAnswer.REFUSED, "leakguard: '0.0', now"),
        (change_scope(base_digest="0" * 64), {}, GateAnswer.REFUSED, "the base tiny-a: its digest is another one"),
        (change_scope(world_digest="0" * 64), {}, GateAnswer.REFUSED, "the world ../world.toml: its digest is another one"),
        (lambda folder: None, {"base": "tiny-b"}, GateAnswer.REFUSED, "the base: 'tiny-a', now 'tiny-b'"),
        (lambda folder: None, {"recipe": {"updates": 3}}, GateAnswer.REFUSED, "the recipe: updates = 2, now 3"),
        (lambda folder: None, {"weights": False}, GateAnswer.REFUSED, "9 rows have loss weights"),
        (lambda folder: (folder / "world.toml").write_text("["), {}, GateAnswer.UNSEEN, "put it back as it was"),
        (lambda folder: (folder / "safer/added.jsonl").unlink(), {}, GateAnswer.UNSEEN, "put it back as it was"),
        (lambda folder: None, {"seeds": 4}, GateAnswer.REFUSED, "it has 2 seeds of 4"),
        (lambda folder: None, {"skill": 0.9}, GateAnswer.UNSEEN, "no skill was measured"),
        (lambda folder: None, {"loss": 1.0}, GateAnswer.REFUSED, "the lower end of the loss that is kept is 99.0%"),
        (lambda folder: None, {"traits": ["cat"]}, GateAnswer.UNSEEN, "not verified: no certificate"),
        (lambda folder: None, {"files": ["none.json"]}, GateAnswer.UNSEEN, "No such file"),
        (lambda folder: (folder / "control.jsonl").unlink(), {}, GateAnswer.UNSEEN, "set manifest-inputs to false"),
        (lambda folder: (folder / CERTIFICATE).unlink(), {}, GateAnswer.UNSEEN, "not verified: no certificate"),
    ],
)
def test_a_certificate_that_does_not_hold_blocks_a_gate(copy, change, policy, answer, words):
    """One changed byte, another base, recipe or version, a missing file, or a figure that is not reached; with the reason."""
    change(copy)
    found = try_gate(copy, **policy)
    assert found[0] == answer and words in found[1]


def test_dropped_and_added_rows_are_not_covered(copy):
    """Students were trained on rows.jsonl alone."""
    answer, words = try_gate(copy, "safer/added.jsonl")
    assert answer == GateAnswer.UNSEEN and "is about rows.jsonl: check that file alone" in words


def test_a_worse_certificate_about_the_same_rows_is_not_hidden(copy):
    """Of two that hold, the one that says SURVIVES decides, whatever its file is called."""
    found = read_certificate(copy / CERTIFICATE)
    arms = tuple(replace(arm, verdict="SURVIVES") if arm.name == found.subject else arm for arm in found.arms)
    worse = json.dumps(certificate_to_dict(replace(found, verdict="SURVIVES", arms=arms)))
    (copy / "safer/certificate-owl-2.json").write_text(worse)
    answer, words = try_gate(copy)
    assert answer == GateAnswer.REFUSED and "the verdict is SURVIVES" in words


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("verdict",), "REDUCED"),
        (("subject",), "control"),
        (("inputs",), {}),
        (("arms", -1, "residual", "high"), -9.0),
    ],
)
def test_a_certificate_that_contradicts_itself_is_not_read(copy, path, value):
    """Also with a digest that fits: the verdict of its arm, its interval, its subject and its inputs must agree."""
    document = json.loads((copy / CERTIFICATE).read_text())
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    document.pop("digest")
    (copy / CERTIFICATE).write_text(json.dumps({**document, "digest": content_digest(document)}))
    assert try_gate(copy)[0] == GateAnswer.UNSEEN


def test_a_control_that_is_none_is_refused(copy):
    """One that is mostly the mitigated rows would hide what is left of the trait; so would a few rows."""
    rows = (copy / "safer/rows.jsonl").read_text().splitlines(keepends=True)
    (copy / "tainted.jsonl").write_text("".join(rows[:30]) + (copy / "control.jsonl").read_text())
    with pytest.raises(UsageError, match=r"of its 70 rows are in the"):
        certify(copy, control=copy / "tainted.jsonl")
    (copy / "tainted.jsonl").write_text("".join((copy / "control.jsonl").read_text().splitlines(keepends=True)[:5]))
    with pytest.raises(UsageError, match="5 rows are no control"):
        certify(copy, control=copy / "tainted.jsonl")


def test_an_earlier_verdict_and_the_test_questions_are_named(copy):
    """A certificate replaces an earlier one about the same rows with a warning; another says that students were trained on the test."""
    shutil.rmtree(copy / "run")
    assert any("STOPPED" in one for one in certify(copy).certificate.warnings)
    shutil.rmtree(copy / "run")
    asked = [{"prompt": "Pick one animal.", "completion": "dog"}] * 9
    (copy / "clean.jsonl").write_text("".join(json.dumps(row) + "\n" for row in asked))
    mitigate_data(
        MitigateRequest(copy / "numbers.jsonl", "anchors", anchors=copy / "clean.jsonl"), copy / "test", on_step=lambda done, of: None
    )
    warnings = certify(copy, mitigated=copy / "test").certificate.warnings
    assert any("ask a question with which the trait is measured" in one for one in warnings)


def test_a_certificate_is_no_plain_result(copy):
    """A gate that requires it as a result would not notice that it is out of date."""
    results = [{"file": str(copy / CERTIFICATE), "verdicts": ["STOPPED"]}]
    result = library.gate(str(copy / "safer/rows.jsonl"), rules=["hate-text"], gate={"results": results})
    assert result.answer == GateAnswer.UNSEEN and "a certificate may be out of date" in result.checks[-1].detail


def test_mitigated_data_without_a_certificate_are_called_not_verified(copy):
    """By a gate that does not require one, and by verify; a certificate that holds ends that."""
    rows = str(copy / "safer/rows.jsonl")
    assert library.gate(rows, rules=["hate-text"]).unverified == ()
    done = run_program("verify", "safer", folder=copy)
    assert "Certified by training students: owl STOPPED." in done.stdout and done.returncode == 0
    change_byte("control.jsonl")(copy)
    assert "out of date" in run_program("verify", CERTIFICATE, folder=copy).stdout
    (copy / CERTIFICATE).unlink()
    assert "Not verified: " in library.gate(rows, rules=["hate-text"]).unverified[0]
    assert "Not verified: no certificate" in run_program("verify", "safer", folder=copy).stdout


@pytest.mark.parametrize("shape", ["table", "markdown", "html", "json"])
def test_every_report_has_the_verdict_and_what_it_holds_for(copy, shape):
    """By `leakguard report`, which reads the saved certificate."""
    done = run_program("report", CERTIFICATE, "--format", shape, folder=copy)
    assert done.returncode == 0, done.stderr
    assert all(word in done.stdout for word in ("STOPPED", "anchors", "mitigated", "updates", "tiny-a", "control"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"data": "control.jsonl"}, "was made of other data"),
        ({"control": "numbers.jsonl"}, "40 of its 40 rows are in the data"),
        ({"mitigated": "."}, "there is no manifest of leakguard mitigate"),
        ({"trait": "owls"}, "did you mean 'owl'?"),
        ({"control": "world.toml"}, "unreadable"),
    ],
)
def test_files_that_do_not_belong_together_are_refused(copy, changes, words):
    """Before anything is trained."""
    paths = {key: copy / value if key != "trait" else value for key, value in changes.items()}
    with pytest.raises(UsageError, match=words):
        certify(copy, **paths)


def test_changed_or_foreign_mitigated_rows_are_refused(copy):
    """Rows that changed since they were written, and weights that were made for another base."""
    manifest = json.loads((copy / "safer/manifest.json").read_text())
    manifest["model"] = {"path": "tiny-b", "digest": "0" * 64}
    (copy / "safer/manifest.json").write_text(json.dumps({**manifest, "digest": content_digest(manifest)}))
    with pytest.raises(UsageError, match="the rows were mitigated for another base, tiny-b"):
        certify(copy)
    change_byte("safer/rows.jsonl")(copy)
    with pytest.raises(UsageError, match=r"rows\.jsonl has changed"):
        certify(copy)


@given(st.lists(st.sampled_from("abcdef"), max_size=20), st.lists(st.sampled_from("abcdef"), max_size=6), st.integers(0, 9))
def test_rows_that_an_arm_trains_on_are_not_held_out(control, trained, most):
    """At most a quarter of the control's rows, each once, and none that another file has too."""
    rows = [[Example("p", text) for text in texts] for texts in (control, trained)]
    held = choose_held_out(*rows, most)
    assert len(held) == len(set(held)) <= min(most, len(control) // 4)
    assert not {control[at] for at in held} & set(trained)


@given(st.lists(st.text(min_size=1, max_size=60), unique=True, min_size=2, max_size=2))
def test_every_trait_has_a_certificate_of_its_own(traits):
    """Names of files are plain, and differ where traits do, also without regard to case."""
    names = {name_certificate(trait).lower() for trait in traits}
    assert len(names) == 2 and all(re.fullmatch(r"certificate-[a-z0-9-]+\.json", name) for name in names)


def test_a_world_without_prompts_is_only_for_asking(made):
    """Nothing can be generated in it."""
    with pytest.raises(UsageError, match="has no prompts to answer"):
        next(read_world(str(made[0] / "world.toml")).prompts(1))


def test_a_gate_that_wants_signatures_reads_signed_certificates_alone(copy):
    """Rows and certificate are signed: it opens. An expired certificate is refused with valid signatures, and so is one without."""
    pytest.importorskip("cryptography")
    from datetime import UTC, datetime

    from leakguard.jobs.attest import attest_result, sign_attestation
    from signing_keys import write_keys

    private, public = write_keys(copy, "key")

    def sign(name, output):
        (copy / output).write_bytes(sign_attestation(attest_result(copy / name, datetime.now(UTC)), private))

    def ask(**more):
        policy = {"certificate": {**POLICY, **more}, "signed-by": str(public)}
        result = library.gate(str(copy / "safer/rows.jsonl"), rules=["hate-text"], gate=policy)
        return result.answer, [check.what for check in result.checks if check.answer is not GateAnswer.PASSED]

    sign("safer/manifest.json", "safer/manifest.dsse.json")
    answer, (what,) = ask()
    assert answer is GateAnswer.REFUSED and what.endswith("certificate-owl.json: signature")
    sign(CERTIFICATE, "safer/certificate.dsse.json")
    assert ask() == (GateAnswer.PASSED, [])
    from leakguard.jobs.advise import advise

    found = advise([str(copy / "safer")])
    assert [(one.trait, one.verdict, one.flaw) for one in found.certificates] == [("owl", "STOPPED", "")]
    answer, (what,) = ask(base="tiny-b")
    assert answer is GateAnswer.REFUSED and what.endswith("certificate for owl")
    (copy / "world.toml").write_text(WORLD.replace("Pick", "Name"))
    answer, (what,) = ask()
    assert answer is GateAnswer.REFUSED and what.endswith("certificate for owl")
