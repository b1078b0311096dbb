"""Decide whether mitigated data have the certificates that a gate requires: for each trait, about exactly these bytes, still valid."""

from collections.abc import Iterator, Mapping, Sequence

from leakguard.core.certificate import CANNOT_TELL, STOPPED, CertificateReading, SurvivalCertificate
from leakguard.core.gate import GateAnswer, GateCheck, GatedFile, RequiredCertificate
from leakguard.pipeline.gate_duplicates import format_percent

# Hexadecimal digits of a hash in a message.
SHOWN = 12
CERTIFY = "leakguard experiment certify trains students and writes one beside the rows"
Judgement = tuple[GateAnswer, str, str]
"""The answer, what was observed, and why it did not pass."""


def check_certificates(
    required: RequiredCertificate | None, readings: Mapping[str, Sequence[CertificateReading]], data: Sequence[GatedFile], *, inputs: bool
) -> Iterator[GateCheck]:
    """Yield a check for each file of the data and each trait; `readings` are the certificates found for each file.

    `inputs`: files that a certificate names besides the data, its base and its world must be there, unchanged.
    """
    if not required:
        return
    for file in data:
        for trait in required.traits:
            answer, observed, why = _judge_file(required, trait, file, readings.get(file.name, ()), inputs)
            yield GateCheck("certificate", f"{file.name}: certificate for {trait}", observed, _describe_limit(required), answer, why)


def _describe_limit(required: RequiredCertificate) -> str:
    """Return what is required as text."""
    kept = [f"{name} {format_percent(least)}" for name, least in (("skill", required.skill), ("loss", required.loss)) if least]
    return f"STOPPED, left at most {format_percent(required.left)}" + (f", kept at least: {', '.join(kept)}" if kept else "")


def _judge_file(
    required: RequiredCertificate, trait: str, file: GatedFile, readings: Sequence[CertificateReading], inputs: bool
) -> Judgement:
    """Judge one file for one trait, by the certificates about its bytes."""
    # In this order: certificates about these bytes, about mitigated data that this file is a part of, about other bytes, one that cannot be
    # used, none at all. Of several that are still valid the worst decides, so that none can be hidden behind a better one; if none is
    # valid, the one that comes nearest is named.
    about = [one for one in readings if one.certificate and one.certificate.scope.trait == trait]
    mine = [one for one in about if one.certificate and one.certificate.scope.rows.sha256 == file.sha256]
    if mine:
        order = list(GateAnswer)
        valid = [one for one in mine if not (one.changes or one.missing or (one.unseen and inputs))]
        choose = max if valid else min
        return choose((_judge(required, one, inputs) for one in valid or mine), key=lambda found: order.index(found[0]))
    for one in about:
        if one.certificate and file.sha256 in {other.sha256 for other in one.certificate.scope.others}:
            why = f"{one.file} is about {one.certificate.scope.rows.name}: check that file alone, without the folder"
            return GateAnswer.UNSEEN, "not verified: a part of the mitigation", why
        if one.certificate:
            known = one.certificate.scope.rows.sha256
            why = f"{one.file} is about {known[:SHOWN]}..., and this file is {file.sha256[:SHOWN]}...: it is not verified; certify it"
            return GateAnswer.REFUSED, "about other data", why
    for one in readings:
        if one.flaw:
            return GateAnswer.UNSEEN, "not usable", one.flaw
    others = sorted({one.certificate.scope.trait for one in readings if one.certificate})
    there = f"the certificates beside it are about {', '.join(others)}; " if others else ""
    return GateAnswer.UNSEEN, "not verified: no certificate", f"{there}{CERTIFY}"


def _judge(required: RequiredCertificate, reading: CertificateReading, inputs: bool) -> Judgement:
    """Judge one certificate about the bytes of a file."""
    # What cannot be known (a damaged file, a missing input, a figure that was not measured) is UNSEEN, and comes before what is not met.
    certificate = reading.certificate
    if not certificate:
        return GateAnswer.UNSEEN, "not usable", reading.flaw
    if reading.changes:
        return GateAnswer.REFUSED, "out of date", f"{reading.file}: {'; '.join(reading.changes)}; certify the data again"
    if reading.missing:
        return GateAnswer.UNSEEN, "cannot be compared", f"{reading.file}: {'; '.join(reading.missing)}; put it back as it was"
    if reading.unseen and inputs:
        why = f"{reading.file}: {'; '.join(reading.unseen)}; put it there, or set manifest-inputs to false"
        return GateAnswer.UNSEEN, "cannot be compared", why
    observed, arm = _describe(certificate), certificate.mitigated
    if certificate.verdict == CANNOT_TELL:
        return GateAnswer.UNSEEN, observed, f"{certificate.sentence} Run it with more seeds."
    if required.skill and arm.skill_kept is None:
        return GateAnswer.UNSEEN, observed, "no skill was measured: certify in a world with a table [skill], or set skill to 0"
    if required.loss and arm.loss_kept is None:
        return GateAnswer.UNSEEN, observed, "what is kept of the loss is not defined: raw rows taught nothing; set loss to 0"
    misses = "; ".join(_list_misses(required, certificate))
    return (GateAnswer.REFUSED if misses else GateAnswer.PASSED), observed, misses


def _describe(certificate: SurvivalCertificate) -> str:
    """Return verdict and bounds of a certificate as text."""
    arm = certificate.mitigated
    kept = [f"{name} {share.low:.1%}" for name, share in (("skill", arm.skill_kept), ("loss", arm.loss_kept)) if share]
    left = f", left at most {arm.residual.high:.1%}" if arm.residual else ""
    return f"{certificate.verdict}{left}" + (f", kept at least: {', '.join(kept)}" if kept else "")


def _list_misses(required: RequiredCertificate, certificate: SurvivalCertificate) -> Iterator[str]:
    """Yield what a certificate lacks, with the figure and the next step."""
    # The upper end of what is left and the lower ends of what is kept decide, so that a certificate with few seeds does not pass by luck.
    arm = certificate.mitigated
    if certificate.verdict != STOPPED:
        yield f"the verdict is {certificate.verdict}: mitigate the data by another method (docs/mitigate.md)"
    if arm.residual is None or arm.residual.high > required.left:
        value = f"the upper end of what is left is {arm.residual.high:.1%}" if arm.residual else "what is left is not known"
        yield f"{value}: certify with more seeds, which narrows it, or mitigate more"
    for name, share, least in (("skill", arm.skill_kept, required.skill), ("loss", arm.loss_kept, required.loss)):
        if least and share and share.low < least:
            yield f"the lower end of the {name} that is kept is {share.low:.1%}: certify with more seeds, or use a method that costs less"
    if certificate.weighted and not required.weights:
        yield (
            f"{certificate.weighted:,} rows have loss weights, and the certificate holds only for trainers that apply them: set "
            "weights = true in the policy if yours does (docs/integrations.md), or mitigate without weights"
        )
    if certificate.scope.seeds < required.seeds:
        yield f"it has {certificate.scope.seeds} seeds of {required.seeds}: certify with more seeds"
