"""`leakguard judge`: measure a judge on labelled examples."""

from pathlib import Path
from shlex import quote
from typing import Any

import click

from leakguard.cli.options import CONFIG, DEBUG, Commands, LocalPath, settings_of, settings_options, under, with_options, write_notes
from leakguard.cli.terminal import put, put_next, tell
from leakguard.core.errors import UsageError
from leakguard.core.exit_codes import choose_exit_code

TRY = (
    *under(
        "Output",
        click.option(
            "-o", "--output", "place", metavar="FILE.json", help="Also write the result as JSON, for --judge-check of other commands."
        ),
        click.option(
            "--format",
            "shape",
            type=click.Choice(["table", "json"]),
            default="table",
            metavar="table|json",
            help="Format of the report on stdout.  [table]",
        ),
    ),
    *under("Running", click.option("--seed", type=int, default=0, metavar="N", help="Random seed of the bootstrap.  [0]")),
    *CONFIG,
    *DEBUG,
)


NOTES = """
\b
Examples:
  leakguard judge check labelled.jsonl --judge-model fake:rules
  leakguard scan data.jsonl --trait owl --judge-model fake:rules
"""


@click.group(cls=Commands, short_help="Measure a judge on labelled examples.", epilog=NOTES)
def judge() -> None:
    """Measure a judge on labelled examples."""


@judge.command(
    short_help="Measure a judge on labelled examples.",
    epilog=write_notes(
        {0: "measured, not below --judge-minimum", 1: "below it", 3: "some examples have no verdict (takes precedence over 1)"},
        "leakguard judge check labelled.jsonl --judge-model fake:rules -o check.json",
        "leakguard judge check labelled.jsonl --judge-model fake:rules --trait owl",
    ),
)
@click.argument("path", metavar="LABELLED.jsonl", type=LocalPath())
@with_options(settings_options("judge check"), TRY)
def check(path: str, *, place: str | None, shape: str, seed: int, config: str | None, no_config: bool, **flags: Any) -> int:
    """Ask a judge about labelled examples, and measure how often it is right.

    LABELLED.jsonl has rows {"text": ..., "label": 1, "trait": "owl"}: label 1 for a text with the trait, 0 for one without. The report
    gives sensitivity, specificity, Cohen's kappa and calibration for each trait.
    """
    from leakguard.jobs.judge_check import find_shortfalls, measure_judge
    from leakguard.reports.judge.check import check_to_json, describe_check
    from leakguard.settings.plan import resolve

    settings = settings_of(config, no_config, [path], flags)
    plan = resolve(settings)
    trial = measure_judge(plan, path, seed=seed)
    document = check_to_json(trial.model, trial.rubrics, trial.by_rule, trial.books)
    if place:
        try:
            Path(place).write_text(document, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"--output {place}: cannot be written: {error.strerror or error}") from error
    put(document if shape == "json" else "\n".join(describe_check(trial.model, trial.by_rule, trial.books)) + "\n", "utf-8")
    if shape == "table":
        model, check = quote(settings.judge_model or "NAME"), quote(place or "FILE.json")
        put_next(
            ("Ask this judge, with rates corrected for its errors:", f"leakguard scan PATH... --judge-model {model} --judge-check {check}")
        )
    below = find_shortfalls(plan, trial)
    for line in below:
        tell(line)
    return choose_exit_code(incomplete=bool(trial.books.reasons), found=bool(below))
