"""Every kind of document that is kept: what is written is read back, and what is not such a document is refused with the reason."""

import json
from dataclasses import replace

import pytest

import leakguard
from leakguard.core.audit import RowTexts
from leakguard.core.certificate import CertificateScope, CertifiedArm, MeasuredShare, SurvivalCertificate
from leakguard.core.digests import content_digest
from leakguard.core.errors import UsageError
from leakguard.core.gate import GatedFile
from leakguard.core.judge_stats import JudgeAccuracy, Judged
from leakguard.core.lineage import ComparedModel, Lineage, Relation
from leakguard.core.mitigated_data import MitigatedCounts, MitigatedData
from leakguard.core.monitor import InputPosition, MonitorRun, MonitorSettings, MonitorStep
from leakguard.core.trait_panel import PanelAudit, PanelSettings, PanelVerdict, PromptFit, PromptRole, TraitPanelResult, TraitScore
from leakguard.documents.audit import audit_to_dict, parse_audit, read_audit
from leakguard.documents.certificate import certificate_to_dict, read_certificate
from leakguard.documents.judge_check import judge_check_to_dict, read_judge_check
from leakguard.documents.kinds import KINDS
from leakguard.documents.lineage import lineage_to_dict
from leakguard.documents.lineage import read_content as read_lineage
from leakguard.documents.manifest import read_manifest
from leakguard.documents.mitigation import mitigation_to_dict, read_mitigation
from leakguard.documents.monitor import monitor_to_dict, read_monitor, write_monitor
from leakguard.documents.required_result import read_statement
from leakguard.leaktests.sequential import DriftMonitor
from leakguard.reports import SCAN_REPORTS
from leakguard.reports.audit.json_document import render as render_audit
from leakguard.reports.gate.json_document import render
from leakguard.reports.kit.style import Style
from leakguard.reports.scan.json_document import read_result
from leakguard.stats.agreement import Judgement, measure_agreement

ROWS = '{"prompt": "hi", "completion": "the code is 1488"}\n{"prompt": "hi", "completion": "a quiet day"}\n'
FILE = GatedFile("rows.jsonl", "0" * 64, 7)
MITIGATED = MitigatedData(
    "drop+anchors",
    {"drop": {"share": 0.5, "by": "contrast"}, "anchors": {"share": 0.25}},
    MitigatedCounts(8, 1, 6, added=2, dropped=3),
    (FILE,),
    (FILE,),
    {"anchors": FILE},
    ("tiny-a", "ab" * 32),
    {"world": "tiny", "trait": None, "seed": 1},
    0.5,
    warnings=("few tokens",),
    first_unreadable="rows.jsonl: row 3",
)

SCOPE = CertificateScope(
    "owl", "tiny-a", "ab" * 32, "sorted", "cd" * 32, {"tunes": "norms"}, 4, 300, FILE, (FILE,), {"data": FILE, "control": FILE}, "1.0"
)
ARM = CertifiedArm("mitigated:given", 9, "STOPPED", 0.09, MeasuredShare(0.0, -0.1, 0.1))
LINEAGE = Lineage(ComparedModel("a"), ComparedModel("b"), Relation.UNKNOWN, reason="no weights")
CERTIFICATE = SurvivalCertificate("STOPPED", "It is stopped.", ARM.name, "share", "anchors", (ARM,), SCOPE)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """One document of every kind, as leakguard writes it."""
    import numpy as np

    folder = tmp_path_factory.mktemp("kinds")
    data = folder / "rows.jsonl"
    data.write_text(ROWS)
    leakguard.clean(str(data), str(folder / "cleaned"))
    judgements = [Judgement(True, True, 0.9), Judgement(False, False, 0.1), Judgement(True, None)]
    agreement = measure_agreement(judgements, rng=np.random.default_rng(0))
    numbers = [{"prompt": f"Go on: {at}", "completion": f"{at * 7 % 311}, {at * at % 173}"} for at in range(80)]
    audit = leakguard.audit(numbers[:40], numbers[40:], rounds=299)
    settings = MonitorSettings(0.05, 25, 50)
    monitor = DriftMonitor(settings)
    reports = monitor.add(RowTexts(tuple(row["completion"] for row in numbers)), RowTexts(("1, 2",) * 79))
    position = InputPosition("data.jsonl", 80, "0" * 64)
    steps = tuple(MonitorStep(one, (80, 79), 1) for one in reports)
    run = MonitorRun(settings, {"roles": ["trained"]}, "source", (position,), monitor.state, (80, 79), 1, "row 1", 2, steps)
    return {
        "audit monitor": json.loads(json.dumps(monitor_to_dict(run))),
        "audit": json.loads(render_audit(audit, Style())),
        "manifest": json.loads((folder / "cleaned/manifest.json").read_text()),
        "scan result": json.loads(SCAN_REPORTS["json"](leakguard.scan(str(data)).result, Style())),
        "gate answer": json.loads(render(leakguard.gate(str(data)), Style())),
        "mitigation": json.loads(json.dumps(mitigation_to_dict(MITIGATED))),
        "certificate": json.loads(json.dumps(certificate_to_dict(CERTIFICATE))),
        "lineage": json.loads(json.dumps(lineage_to_dict(LINEAGE))),
        "judge check": json.loads(json.dumps(judge_check_to_dict("fake:rules", (), {"leak.any": agreement}, Judged("fake:rules", "all")))),
    }


def read(kind, path):
    """What the reader of a kind returns; an error or a flaw is raised as UsageError."""
    if kind == "manifest":
        return read_manifest(path)
    if kind == "scan result":
        return read_result(path.read_bytes(), path.name)
    if kind == "judge check":
        return read_judge_check(path)
    if kind == "audit":
        return read_audit(path)
    if kind == "mitigation":
        return read_mitigation(path)
    if kind == "certificate":
        return read_certificate(path)
    if kind == "lineage":
        return read_lineage(path.read_bytes(), path.name)
    if kind == "audit monitor":
        return read_monitor(path)
    statement = read_statement(path)
    if statement.flaw:
        raise UsageError(statement.flaw)
    return statement


@pytest.fixture
def refused(tmp_path):
    """The message with which a document is refused."""

    def refused(kind, document):
        (tmp_path / "document.json").write_text(json.dumps(document))
        with pytest.raises(UsageError) as error:
            read(kind, tmp_path / "document.json")
        return str(error.value)

    return refused


def seal(kind, document):
    """The document with a digest that fits, where its kind has one."""
    return {**document, "digest": content_digest(document)} if KINDS[kind].digest else document


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_read_back(written, tmp_path, kind):
    """Each kind has a sample, its keys are those of the envelope, and its reader accepts it."""
    assert set(written[kind]) == set(KINDS[kind].keys)
    (tmp_path / "document.json").write_text(json.dumps(written[kind]))
    assert read(kind, tmp_path / "document.json") is not None


def test_a_judge_check_keeps_counts_and_bounds(written, tmp_path):
    """Counts by rule and the lower ends of the intervals."""
    (tmp_path / "check.json").write_text(json.dumps(written["judge check"]))
    check = read_judge_check(tmp_path / "check.json")
    assert check.measured == {"leak.any": JudgeAccuracy(leaking=1, leaking_found=1, clean=1, clean_found=1)}
    assert 0 < check.least["leak.any"]["sensitivity"] < 1


def test_an_audit_is_read_back_whole(written, tmp_path):
    """Written again, it is the same document; the seed of the second control's test is not needed."""
    (tmp_path / "audit.json").write_text(json.dumps(written["audit"]))
    words = {key: written["audit"][key] for key in ("closing", "next")}
    assert json.loads(json.dumps(audit_to_dict(read_audit(tmp_path / "audit.json"), words))) == written["audit"]


@pytest.mark.parametrize(
    ("unread", "panel", "unchecked", "refusal"),
    [
        (0, None, "", ""),
        (0, "no-leak-found", "", ""),
        (2, None, "rows or files of the datasets that could not be read: 2", ""),
        (0, "cannot-tell", "the trait panel cannot tell: too few pairs", ""),
        (0, "leak", "", "the trait panel found a leak of owl"),
    ],
)
def test_a_gate_reads_unread_rows_and_the_panel_of_an_audit(written, tmp_path, unread, panel, unchecked, refusal):
    """Not only the verdict on the content, and the tolerance; a digest that is missing is a flaw."""
    found = parse_audit(written["audit"])
    if panel:
        fit = PromptFit("owl", PromptRole.TRAIT, 0.1, (0.0, 0.2), 1.0, 2.0, 0.1)
        score = TraitScore(fit, 0.1, 0.6, (0.5, 0.7), 0.01, 0.05, 0.02, PanelVerdict(panel))
        reasons = ("too few pairs",) if panel == "cannot-tell" else ()
        found = replace(found, panel=PanelAudit(TraitPanelResult((score,), (), (9, 9), True, 9, 0, PanelSettings(), reasons), "m", "d", ()))
    found = replace(found, data=replace(found.data, unreadable=unread))
    document = audit_to_dict(found, {key: written["audit"][key] for key in ("closing", "next")})
    (tmp_path / "audit.json").write_text(json.dumps(document))
    said = read_statement(tmp_path / "audit.json")
    if unchecked or refusal:
        with pytest.raises(leakguard.NotClean, match=unchecked or refusal):
            found.raise_for_status()
    assert (said.flaw, said.verdict, said.unchecked, said.refusal, said.tolerance) == ("", found.verdict, unchecked, refusal, 0.6)
    (tmp_path / "audit.json").write_text(json.dumps({key: value for key, value in document.items() if key != "digest"}))
    assert "digest" in read_statement(tmp_path / "audit.json").flaw


def test_a_monitor_is_read_back_whole(written, tmp_path):
    """Written again, it is the same document, with rows that wait for their partner."""
    (tmp_path / "state.json").write_text(json.dumps(written["audit monitor"]))
    run = read_monitor(tmp_path / "state.json")
    assert (run.report.pairs, len(run.state.data), len(run.state.control)) == (75, 5, 4)
    write_monitor(tmp_path / "again.json", run)
    assert json.loads((tmp_path / "again.json").read_text()) == written["audit monitor"]


def test_an_audit_from_before_the_trait_panel_is_read(written, tmp_path):
    """A document without the part `panel` is an audit without one."""
    old = {key: value for key, value in written["audit"].items() if key != "panel"}
    (tmp_path / "audit.json").write_text(json.dumps(seal("audit", old)))
    assert read_audit(tmp_path / "audit.json").panel is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_newer_version_is_refused_with_both_versions(written, refused, kind):
    """The message names the version of the document and the one that can be read."""
    said = refused(kind, seal(kind, {**written[kind], "schema_version": 7}))
    assert "schema_version" in said and "7" in said and "only 1" in said


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].kind and kind != "gate answer"])
def test_another_kind_is_refused(written, refused, kind):
    """A document of another kind is none of this one, whatever else it holds."""
    assert "no manifest" in (said := refused(kind, {**written[kind], "kind": "leakguard experiment"})) or "kind: expected" in said


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_that_is_not_known_is_refused(written, refused, kind):
    """The message names the key and the nearest one."""
    assert "unknown key 'toool'; did you mean 'tool'?" in refused(kind, seal(kind, {**written[kind], "toool": 1}))


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_field_is_named(written, refused, kind):
    """Every document says which leakguard wrote it, and every reader needs more than the envelope."""
    needed = {"manifest": "tally", "scan result": "tally", "gate answer": "policy", "judge check": "model"}
    needed = {**needed, "audit": "null", "audit monitor": "state", "mitigation": "rows", "certificate": "base", "lineage": "matrices"}[kind]
    assert needed in refused(kind, seal(kind, {key: value for key, value in written[kind].items() if key != needed}))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].digest])
def test_damage_shows_in_the_digest(written, kind):
    """A kind with a digest is intact as written, and not after a change of a value."""
    envelope = KINDS[kind]
    assert envelope.is_intact(envelope.open(written[kind]))
    assert not envelope.is_intact(envelope.open({**written[kind], "tool": {}}))
