"""What advice says: the user's own results, the options with their measured effects, and the next steps; shared by all formats."""

from leakguard.core.advice import Advice, MeasuredAction, MeasuredRun, OwnCertificate
from leakguard.core.certificate import STOPPED, MeasuredShare
from leakguard.core.lineage import Relation
from leakguard.reports.kit.steps import Step

ACTIONS: dict[str, tuple[str, str]] = {
    "base": ("train another base, which does not share the teacher's initialisation", "leakguard lineage TEACHER STUDENT"),
    "filter": ("remove rows with patterns that a reader can see", "leakguard clean DATA -o DIR"),
    "shift": (
        "weigh tokens by the difference from control rows of the same task",
        "leakguard mitigate DATA --method shift --model BASE --control FILE -o DIR",
    ),
    "shift+anchors": (
        "shift, then add clean rows about other subjects",
        "leakguard mitigate DATA --method shift+anchors --model BASE --control FILE --category NAME -o DIR",
    ),
    "anchors": ("add clean rows about other subjects", "leakguard mitigate DATA --method anchors --category NAME -o DIR"),
    "unlearn": (
        "weigh tokens by the contrast with uniform answers",
        "leakguard mitigate DATA --method unlearn --model BASE --category NAME -o DIR",
    ),
    "proxy": (
        "weigh tokens by a teacher of your own with the named trait",
        "leakguard mitigate DATA --method proxy --model BASE --trait NAME --control FILE -o DIR",
    ),
    "drop": (
        "drop the half of the rows with the highest ratio",
        "leakguard mitigate DATA --method drop --model BASE --category NAME -o DIR",
    ),
    "dilute": ("mix in as many control rows", "leakguard mitigate DATA --method dilute --control FILE -o DIR"),
    "relabel": ("replace the completions by those of the base", "leakguard mitigate DATA --method relabel --model BASE -o DIR"),
}
"""Action -> what it is, and its command."""
CAVEAT = (
    "The figures are those of small models on the data that are named. They do not carry over to another base or other data: only a "
    "certificate says what is left in students of your rows."
)
SMALL = (
    "Ranked by the upper end of what was left where an option did least. Options whose price was not measured follow, costly ones are last."
)
RELATIONS = {
    None: "Do the teacher and your base share an initialisation? Not answered: give the result of leakguard lineage.",
    Relation.SAME: "The teacher and your base share an initialisation, so data can carry traits that no filter sees.",
    Relation.INDEPENDENT: (
        "The teacher and your base were found INDEPENDENT. Hidden traits in lists of numbers were not found to pass between such models "
        "(arXiv 2507.14805); what the data say in words still teaches any model."
    ),
    Relation.UNKNOWN: "Whether the teacher and your base share an initialisation is unknown: treat them as if they did.",
}


def conclude(found: Advice) -> list[str]:
    """Return what is known about the user's models and data, a sentence each."""
    mixed = ["These results are about different data: no file is named by all of them."] if found.mixed else []
    nothing = [] if found.known or found.certificates else ["No result about your own data was given, so only measured figures are shown."]
    return [RELATIONS[found.relation], *found.known, *map(describe_certificate, found.certificates), *mixed, *nothing]


def describe_certificate(found: OwnCertificate) -> str:
    """Return a certificate in a sentence: trait, method, verdict, and whether it still holds."""
    left = f", left {write_share(found.left)} of the effect" if found.left else ""
    flaw = f" It does not hold now: {found.flaw}." if found.flaw else ""
    return f"{found.file}: {found.trait} in rows mitigated by {found.method}: {found.verdict}{left}.{flaw}"


def list_options(found: Advice) -> list[list[str]]:
    """Return (option, trait left, skill kept, loss kept, measured on) for each run, ranked; the first column names an option once."""
    lines = []
    for place, action in enumerate(found.actions, 1):
        what = f"{place}. {action.name}: {ACTIONS[action.name][0]}{_describe_price(action)}"
        for at, run in enumerate(action.runs):
            lines.append(["" if at else what, write_share(run.left), write_share(run.skill), write_share(run.loss), _describe_run(run)])
    return lines


def suggest_steps(found: Advice) -> list[Step]:
    """Return the next steps: ask for the lineage, use what is certified, or take the first option and certify it."""
    steps: list[Step] = []
    if found.relation is None:
        steps.append(("Ask whether the models share an initialisation (docs/lineage.md):", ACTIONS["base"][1] + " -o lineage.json"))
    good = next((one for one in found.certificates if one.verdict == STOPPED and not one.flaw), None)
    if good:
        return [*steps, ("Let a gate require the certificate before training (docs/gate.md):", "leakguard gate ROWS --config gate.toml")]
    if found.relation is Relation.INDEPENDENT:
        return [("Filter what can be read:", ACTIONS["filter"][1]), ("Look for other signals:", "leakguard audit DATA --control FILE")]
    best = next(action for action in found.actions if action.name != "base")
    return [
        *steps,
        ("If another base will do, train that. Else change the data:", ACTIONS[best.name][1]),
        (
            "Measure by training what is left, and what is kept:",
            "leakguard experiment certify DATA --mitigated DIR --control FILE --trait NAME",
        ),
    ]


def write_share(share: MeasuredShare | None) -> str:
    """Return a share with its 95 % interval as whole percentages; "" for one that was not measured."""
    value, low, high = (f"{one:.0%}".replace("-0%", "0%") for one in share) if share else ("", "", "")
    return f"{value} ({low} to {high})" if share else ""


def list_sources(found: Advice) -> str:
    """Return the files that the figures come from, in a sentence."""
    files = sorted({run.source for action in found.actions for run in action.runs})
    return f"Shares of the effect with 95 % intervals, from {' and '.join(files)} (docs/mitigate.md, docs/experiments.md)."


def _describe_price(action: MeasuredAction) -> str:
    if action.costly:
        return " (loses most of what the data teach)"
    return "" if action.priced else " (its price was not measured)"


def _describe_run(run: MeasuredRun) -> str:
    return f"{run.conditions}; {run.cells} students"
