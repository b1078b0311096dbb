"""What the report of a lineage says: the relation in words, its figures, what follows, and the next steps; shared by all formats."""

from leakguard.core.lineage import ComparedModel, Lineage, Relation, UnitCount
from leakguard.reports.kit.steps import Step

# P-values below it are not told apart.
LEAST_P = 1e-300
FOLLOWS = {
    Relation.SAME: (
        "Data that the teacher wrote can carry its traits to the student in ways that no filter sees (arXiv 2507.14805, section 4).",
    ),
    Relation.INDEPENDENT: (
        "Hidden traits were not found to pass between such models in lists of numbers (arXiv 2507.14805). What the data say in words still "
        "teaches any model.",
        "A copy whose weights were rotated, cut or distilled would not be found by this test.",
    ),
    Relation.UNKNOWN: ("Treat them as if they shared an initialisation.",),
}


def conclude(found: Lineage) -> list[str]:
    """Return the relation in a sentence, why, and what follows."""
    teacher, student = found.teacher.name, found.student.name
    sentences = {
        Relation.SAME: f"{teacher} and {student} were made from the same initial weights{_explain(found)}.",
        Relation.INDEPENDENT: f"{teacher} and {student} do not share initial weights, as far as this test can see{_explain(found)}.",
        Relation.UNKNOWN: f"Whether {teacher} and {student} share initial weights is unknown: {found.reason}.",
    }
    return [sentences[found.relation], *FOLLOWS[found.relation]]


def _explain(found: Lineage) -> str:
    """Return what decided, in brackets."""
    if found.identical:
        return f" ({found.identical:,} of {found.matrices:,} matrices are equal byte by byte)"
    if not found.matched:
        return f" ({found.reason})"
    count = found.matched
    how = "most like the unit with the same number"
    if found.relation is Relation.SAME and found.reordered:
        count, how = found.reordered, "found again in another order"
    return f" ({count.equal:,} of {count.units:,} hidden units are {how}, p {write_p(count.p_value)})"


def list_figures(found: Lineage) -> list[tuple[str, str]]:
    """Return (name, value) of every figure: models with their digests, and the tests."""
    figures = [("teacher", _name(found.teacher)), ("student", _name(found.student))]
    if found.matched:
        figures.append(("units with the same number", _count(found.matched)))
    if found.reordered:
        figures.append(("units in another order", _count(found.reordered)))
    if found.matrices:
        figures.append(("equal matrices", f"{found.identical:,} of {found.matrices:,}"))
    return figures


def suggest_steps(found: Lineage) -> list[Step]:
    """Return the next steps: audit and mitigate the data, or look for what can be read."""
    if found.relation is Relation.INDEPENDENT:
        return [("Filter what can be read:", "leakguard scan DATA"), ("Look for other signals:", "leakguard audit DATA --control FILE")]
    return [
        ("Look for a hidden signal in the teacher's data:", "leakguard audit DATA --control FILE"),
        ("Change the data, or train another base (docs/mitigate.md):", "leakguard mitigate DATA --method anchors --category NAME -o DIR"),
        ("See what can be done, ranked by measured effect (docs/advise.md):", "leakguard advise"),
    ]


def write_p(p_value: float) -> str:
    """Return a p-value with its sign: "= 0.37", "= 2e-12" or "< 1e-300"."""
    return f"< {LEAST_P:g}" if p_value < LEAST_P else f"= {p_value:.2g}"


def _name(model: ComparedModel) -> str:
    parts = [f"adapter of {model.base}"] if model.base else []
    parts += [f"weights, SHA-256 {model.digest[:12]}"] if model.digest else ["no weights here"]
    return f"{model.name} ({', '.join(parts)})"


def _count(count: UnitCount) -> str:
    layers = f"{count.layers:,} layer{'' if count.layers == 1 else 's'}"
    return f"{count.equal:,} of {count.units:,} in {layers}, at most {count.layers:,} expected by chance, p {write_p(count.p_value)}"
