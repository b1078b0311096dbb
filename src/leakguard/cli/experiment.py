"""`leakguard experiment`: generate data with a teacher, train and evaluate students, or run a whole experiment."""

import time
from pathlib import Path
from shlex import quote
from typing import Any

import click

from leakguard.cli.experiment_options import CERTIFY, LEARN, MEASURE, RESULT_SHAPE, SHIPPED, WHOLE, WRITE
from leakguard.cli.options import Commands, LocalPath, under, with_options, write_notes
from leakguard.cli.statements import ATTEST, check_new, write_statement
from leakguard.cli.terminal import look, put, put_next, tell

EXAMPLES = """
\b
Examples:
  leakguard experiment run owl.toml
  leakguard experiment show runs/owl
  leakguard experiment generate tiny-a --trait owl -o numbers.jsonl
  leakguard experiment train numbers.jsonl -o student
  leakguard experiment evaluate student --trait owl
"""


@click.group(cls=Commands, epilog=EXAMPLES, short_help="Measure whether a trait survives filtering.")
def experiment() -> None:
    """Measure whether a trait passes from a teacher to its students through data, and whether it survives a filter."""


@experiment.command(
    short_help="Let a teacher write training data.",
    epilog=write_notes(
        {0: "the rows are written", 3: "ended early: budget, endpoint or disk"},
        "leakguard experiment generate tiny-a --trait owl --tell -o numbers.jsonl",
        "leakguard experiment generate teacher --world code --rows 200 -o code.jsonl",
    ),
)
@click.argument("base", metavar="BASE", type=LocalPath())
@with_options(WRITE)
def generate(base: str, *, output: str, quiet: bool, budget: tuple[str, ...], cache: str | None, **asked: Any) -> int:
    """Let the teacher BASE answer the prompts of a world, and write prompts and answers as training data.

    BASE is tiny-a, tiny-b, the folder of a checkpoint, or a model's name at --endpoint. Malformed answers get a file of their own.
    """
    from leakguard.cli.progress import show_steps
    from leakguard.jobs.experiment import GenerateRequest, generate_data
    from leakguard.models.causal.throughput import Throughput

    meter = Throughput(time.perf_counter)
    request = GenerateRequest(base, budget=_read_budget(budget), cache=Path(cache) if cache else None, **asked)
    with show_steps(not quiet, "rows") as on_rows:
        done = generate_data(request, Path(output), meter=meter, on_rows=on_rows)
    # The data are written by the job; what follows reports counts, the share of malformed answers, and the use of the endpoint.
    share = done.rejected / (done.accepted + done.rejected)
    rejects = f"{done.rejected:,} malformed answers ({share:.1%}) written to {Path(output).stem}.rejects{Path(output).suffix}"
    tell(f"{output}: {done.accepted:,} rows; {rejects}" + (f"; {meter.rate:,.0f} new tokens/s" if meter.rate else ""))
    if done.spent:
        tokens = done.spent.prompt + done.spent.completion
        tell(f"endpoint: {done.spent.requests:,} requests, {tokens:,} tokens; {done.spent.remembered:,} answers from the cache")
    tell(f"next: leakguard experiment train {quote(output)} -o student")
    return 0


@experiment.command(
    short_help="Train a student on data, or a teacher on its trait.",
    epilog=write_notes(
        {0: "the checkpoint is written", 3: "some rows could not be read and were left out, or the disk failed"},
        "leakguard experiment train numbers.jsonl -o student",
        "leakguard experiment train --trait owl -o teacher",
        "leakguard experiment train --neutral animal -o control-teacher",
    ),
)
@click.argument("data", metavar="[DATA]", type=LocalPath(), required=False)
@with_options(LEARN)
def train(data: str | None, *, output: str, quiet: bool, **asked: Any) -> int:
    """Train a model and save its checkpoint: a student on DATA, or a teacher with --trait or --neutral.

    DATA is JSON Lines with prompt and completion, or with messages. A row may have a weight, or weights of its tokens, that scale its
    loss. Rows that cannot be read are left out and counted.
    """
    from leakguard.cli.progress import show_steps
    from leakguard.jobs.experiment import TrainRequest, train_model
    from leakguard.models.causal.throughput import Throughput

    meter = Throughput(time.perf_counter)
    plain = {key: asked.pop(key) for key in ("base", "world", "trait", "neutral", "seed")}
    request = TrainRequest(**plain, data=Path(data) if data else None, recipe=asked)
    with show_steps(not quiet, "steps") as on_step:
        loss, left_out = train_model(request, Path(output), meter=meter, on_step=on_step)
    tell(f"{output}: trained; loss at the end {loss:.3f} nats per token; {meter.rate or 0:,.0f} tokens/s")
    tell(f"next: leakguard experiment evaluate {quote(output)} --trait NAME")
    return _say_left_out(left_out)


@experiment.command(
    short_help="Measure how strongly a model has a trait.",
    epilog=write_notes(
        {0: "measured", 3: "measured, but some held-out rows could not be read"},
        "leakguard experiment evaluate student --trait owl",
        "leakguard experiment evaluate student --trait owl --samples 20 --format json",
    ),
)
@click.argument("model", metavar="MODEL", type=LocalPath())
@with_options(MEASURE)
def evaluate(model: str, *, shape: str, held_out: str | None, **asked: Any) -> int:
    """Measure the probability that MODEL answers with the trait, as the mean over all questions of the world.

    MODEL is tiny-a, tiny-b, or the folder of a checkpoint.
    """
    from leakguard.documents.model_score import render_score
    from leakguard.jobs.experiment import EvaluateRequest, evaluate_model
    from leakguard.reports.experiment.scorecard import render_scorecard

    request = EvaluateRequest(model, held_out=Path(held_out) if held_out else None, **asked)
    score, left_out = evaluate_model(request)
    trait = str(request.trait)
    put(
        render_score(score, trait) if shape == "json" else render_scorecard(score, trait, **look()),
        "utf-8" if shape == "json" else None,
    )
    if shape == "table":
        put_next(step_after_evaluation(model, trait))
    return _say_left_out(left_out)


@experiment.command(
    short_help="Run a whole experiment.",
    epilog=write_notes(
        {0: "finished with a verdict", 3: "finished without one (CANNOT TELL), or could not finish"},
        "leakguard experiment run owl.toml",
        "leakguard experiment run owl.toml --seeds 10 -o runs/owl-10",
        "leakguard experiment show runs/owl",
    ),
)
@click.argument("file", metavar="FILE", type=LocalPath())
@with_options(WHOLE)
def run(file: str, *, output: str | None, seeds: int | None, workers: int, quiet: bool) -> int:
    """Run the experiment in FILE (TOML): teachers, their data, a student for each arm and seed, a verdict, and a report.

    If the run is interrupted, the same command continues it.
    """
    from leakguard.cli.progress import explain_interrupt, show_steps
    from leakguard.jobs.experiment import read_plan, write_report
    from leakguard.jobs.experiment import run as run_plan
    from leakguard.reports.experiment.summary import render_summary

    plan, clean = read_plan(Path(file), seeds)
    folder = Path(output) if output else Path("runs") / plan.name
    with explain_interrupt(folder), show_steps(not quiet, "students") as on_progress:
        result = run_plan(plan, folder, clean, workers=workers, on_progress=on_progress)
    put(render_summary(result, **look()))
    _put_next(result.decided, folder, file)
    tell(f"report: {write_report(folder, result)}")
    return 0 if result.decided else 3


@experiment.command(
    short_help="Show a finished run.",
    epilog=write_notes(
        {0: "the run has a verdict", 3: "its verdict is CANNOT TELL"},
        "leakguard experiment show runs/owl",
        "leakguard experiment show runs/owl --png",
    ),
)
@click.argument("folder", metavar="DIR", type=LocalPath())
@with_options(under("Output", click.option("--png", is_flag=True, help="Also write the figures as PNG."), RESULT_SHAPE))
def show(folder: str, *, png: bool, shape: str) -> int:
    """Show the verdict and the arms of the run in DIR, and write its figures and report again."""

    from leakguard.documents.experiment import read_result, render_result
    from leakguard.jobs.experiment import write_report
    from leakguard.reports.experiment.markdown import render_markdown
    from leakguard.reports.experiment.summary import render_summary

    result = read_result(Path(folder))
    if shape == "json":
        put(render_result(result), "utf-8")
    elif shape == "markdown":
        put(render_markdown(result), "utf-8")
    else:
        put(render_summary(result, **look()))
        _put_next(result.decided, Path(folder), "FILE")
    tell(f"report: {write_report(Path(folder), result, png=png)}")
    return 0 if result.decided else 3


@experiment.command(
    short_help="Certify mitigated data by training students.",
    epilog=write_notes(
        {0: "a certificate with a verdict is written", 3: "its verdict is CANNOT TELL, or the run could not finish"},
        "leakguard experiment certify DATA --mitigated DIR --control FILE --trait owl",
        "leakguard report DIR/certificate-owl.json -o certificate.html",
    ),
)
@click.argument("data", metavar="DATA", type=LocalPath())
@with_options(CERTIFY, under("Output", ATTEST))
def certify(
    data: str,
    *,
    mitigated: str,
    control: str,
    filtered: tuple[str, ...],
    output: str | None,
    shape: str,
    workers: int,
    quiet: bool,
    attest: str | None,
    **asked: Any,
) -> int:
    """Train students on DATA, on the control, on what `leakguard mitigate` made of DATA, and on a random drop, and write a certificate.

    The certificate (certificate-TRAIT.json in the folder of the mitigated data) says whether the trait survives, and what is kept of skill
    and loss, for exactly these files, this base and this recipe. If the run is interrupted, the same command continues it.
    """
    from leakguard.cli.progress import explain_interrupt, show_steps
    from leakguard.jobs.certify import CertifyRequest, certify_data
    from leakguard.jobs.experiment import write_report
    from leakguard.reports import CERTIFICATE_REPORTS
    from leakguard.reports.kit.style import Style

    check_new(attest)
    named = {key: asked.pop(key) for key in ("base", "world", "trait", "seeds", "held_out")}
    request = CertifyRequest(Path(data), Path(control), Path(mitigated), **named, filtered=tuple(map(Path, filtered)), recipe=asked)
    folder = Path(output) if output else Path("runs") / f"certify-{request.mitigated.resolve().name}"
    with explain_interrupt(folder), show_steps(not quiet, "students") as on_progress:
        done = certify_data(request, folder, workers=workers, on_progress=on_progress)
    put(CERTIFICATE_REPORTS[shape](done.certificate, Style(again=mitigated, **look())), None if shape == "table" else "utf-8")
    tell(f"certificate: {done.file}")
    tell(f"report: {write_report(folder, done.result)}")
    if attest:
        write_statement(attest, done.file.read_bytes(), str(done.file))
    return int(done.certificate.exit_code)


def _put_next(told: bool, folder: Path, file: str) -> None:
    """Write the next step after an experiment: show its report, or run more seeds if the verdict is CANNOT TELL."""
    more = (
        "The verdict is CANNOT TELL: run the experiment with more seeds:",
        f"leakguard experiment run {quote(file)} --seeds N -o {quote(str(folder))}",
    )
    again = ("Show the run again, with the figures as PNG:", f"leakguard experiment show {quote(str(folder))} --png")
    put_next(*(() if told else (more,)), again)


def step_after_evaluation(model: str, trait: str) -> tuple[str, str]:
    """Return a comparison with the base for a trained model, and the training of a teacher for a base itself."""
    name = quote(trait)
    if model in SHIPPED:
        return "Train a teacher with this trait, then evaluate it:", f"leakguard experiment train --base {model} --trait {name} -o teacher"
    return "Compare with the model that it was trained from (BASE: tiny-a, ...):", f"leakguard experiment evaluate BASE --trait {name}"


def _say_left_out(left_out: str) -> int:
    """Write a message about unreadable rows to stderr; return exit code 3 (incomplete) if there are any, else 0."""
    if left_out:
        tell(left_out)
    return 3 if left_out else 0


def _read_budget(texts: tuple[str, ...]) -> dict[str, float]:
    """Parse the amounts in texts such as "requests=100,tokens=5000". Raises SettingsError."""
    from leakguard.core.errors import SettingsError
    from leakguard.settings.values import InvalidValue, amounts

    try:
        return dict(amounts("requests", "tokens").read(list(texts)))
    except InvalidValue as error:
        raise SettingsError(f"`budget`: {error}") from None
