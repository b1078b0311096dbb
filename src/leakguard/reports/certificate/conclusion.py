"""What the report of a certificate says: the verdict, the arms, what it holds for, and the next steps; shared by all formats."""

from shlex import quote

from leakguard.core.certificate import CANNOT_TELL, STOPPED, CertifiedArm, MeasuredShare, SurvivalCertificate
from leakguard.reports.kit.steps import Step

CAVEAT = (
    "It holds for this trait, these files, this base and this recipe, and expires if any of them or leakguard's version changes. It does "
    "not prove that the data are safe."
)
QUESTION = (
    "Do the writer of the data and the base share an initialisation? It is not known here: ask leakguard lineage (docs/lineage.md). If "
    "not, hidden traits were not found to pass in lists of numbers."
)
MISSING = "-"
# Settings of the recipe in one line; Markdown cuts longer ones.
EACH = 4
HEADS = ("arm", "verdict", "trait", "left of the effect", "skill", "skill kept", "loss kept", "rows")


def explain_verdict(certificate: SurvivalCertificate) -> list[str]:
    """Return the sentence of the verdict, what is kept, the smallest effect that would have been found, warnings, and the caveat."""
    arm, lines = certificate.mitigated, [certificate.sentence]
    kept = {"skill": arm.skill_kept, "what raw rows teach (held-out loss, in nats)": arm.loss_kept}
    parts = [
        f"{write_share(share)} of the {name}" if name == "skill" else f"{write_share(share)} of {name}"
        for name, share in kept.items()
        if share
    ]
    lines += [f"Kept: {', '.join(parts)}."] if parts else []
    if arm.skill is None and arm.loss_kept:
        lines.append(f"The world {certificate.scope.world} has no skill, so that only the held-out loss says what is lost.")
    elif arm.skill is None:
        lines.append("What is lost was not measured: the world has no skill, and raw rows did not lower the loss on held-out rows.")
    if certificate.detectable:
        lines.append(f"An effect of {100 * certificate.detectable:.1f} points over control would have been found in four of five cases.")
    return [*lines, *(f"Warning: {one}." for one in certificate.warnings), QUESTION, CAVEAT]


def list_arms(certificate: SurvivalCertificate) -> list[list[str]]:
    """Return the cells of each arm, in the order of HEADS."""
    return [_list_cells(arm) for arm in certificate.arms]


def _list_cells(arm: CertifiedArm) -> list[str]:
    plain = arm.name in ("raw", "base")
    return [
        arm.name,
        arm.verdict or MISSING,
        f"{arm.trait:.1%}",
        MISSING if arm.name == "raw" else write_share(arm.residual),
        MISSING if arm.skill is None else f"{arm.skill:.1%}",
        MISSING if plain else write_share(arm.skill_kept),
        MISSING if plain else write_share(arm.loss_kept),
        f"{arm.rows:,}" if arm.rows else MISSING,
    ]


def write_share(share: MeasuredShare | None) -> str:
    """Return a share with its interval, as percentages."""
    return f"{share.value:.0%} ({share.low:.0%} to {share.high:.0%})" if share else MISSING


def list_figures(certificate: SurvivalCertificate) -> list[tuple[str, str]]:
    """Return (name, value) of everything that the certificate holds for."""
    # Hashes are cut to 12 digits; the document has them whole.
    scope = certificate.scope
    recipe = [f"{key} = {value}" for key, value in scope.recipe.items()]
    files = [("rows", scope.rows), *(("file", one) for one in scope.others), *scope.inputs.items()]
    return [
        (
            "trait",
            f"{scope.trait}, by its {certificate.measure}" + (" of the answers of its category" if certificate.measure == "share" else ""),
        ),
        ("method", certificate.method),
        ("base", f"{scope.base} (checkpoint with its tokenizer, SHA-256 {scope.base_digest[:12]})"),
        ("world", f"{scope.world} (SHA-256 {scope.world_digest[:12]})"),
        *(("recipe", ", ".join(recipe[at : at + EACH])) for at in range(0, len(recipe), EACH)),
        ("seeds", f"{scope.seeds}"),
        ("leakguard", scope.version),
        *((what, f"{file.name} (SHA-256 {file.sha256[:12]})") for what, file in files),
    ]


def suggest_steps(certificate: SurvivalCertificate, folder: str) -> list[Step]:
    """Return the next steps: require the certificate at a gate, or find a verdict, or another mitigation."""
    rows = quote(f"{folder or 'DIR'}/{certificate.scope.rows.name}")
    if certificate.verdict == STOPPED:
        policy = "Require the certificate before training, with the table [gate.certificate] in leakguard.toml (docs/gate.md):"
        return [(policy, f"leakguard gate {rows}")]
    if certificate.verdict == CANNOT_TELL:
        return [("Run it with more seeds, which continues the run:", "leakguard experiment certify ... --seeds N")]
    return [("Try another method or more of it (docs/mitigate.md), then certify again:", "leakguard mitigate DATA --method NAME -o DIR")]
