"""`leakguard experiment`: does a trait survive? Generate, train, evaluate, or all of it."""

import time
from pathlib import Path
from shlex import quote
from typing import Any

import click

from leakguard.cli.options import Commands, under, with_options
from leakguard.cli.terminal import look, put, put_next, tell

WORLD = click.option("--world", metavar="NAME|FILE", default="tiny", help="tiny, numbers, code, maths, or a TOML file.  [tiny]")
TRAIT = click.option("--trait", metavar="NAME", help="An answer of the world's panel, such as owl.")
SEED = click.option("--seed", metavar="N", type=click.IntRange(0), default=1, help="Of all random numbers.  [1]")
DTYPE = click.option(
    "--dtype",
    type=click.Choice(["auto", "float32", "bfloat16"]),
    metavar="auto|float32|bfloat16",
    help="Of the weights; auto is bfloat16 on a GPU that has it.  [auto]",
)
QUIET = click.option("-q", "--quiet", is_flag=True, help="No progress bar.")
SHAPE = click.option(
    "--format", "shape", type=click.Choice(["table", "json"]), metavar="table|json", default="table", help="On stdout.  [table]"
)
RECIPE = under(
    "Training",
    click.option("--tunes", metavar="norms|lora|full", help="Biases and norms, LoRA on every linear layer, or everything.  [norms]"),
    click.option("--rate", type=float, help="Learning rate.  [0.01]"),
    click.option("--updates", type=int, help="Steps.  [320]"),
    click.option("--batch", type=int, help="Rows a step.  [32]"),
    click.option("--chunk", type=int, help="Rows of a step that go through the model at once; 0 is all.  [0]"),
    click.option("--schedule", metavar="constant|linear|cosine", help="How the learning rate changes.  [constant]"),
    click.option("--warmup", type=int, help="Steps until the full learning rate.  [0]"),
    click.option("--rank", type=int, help="LoRA rank.  [8]"),
    click.option("--alpha", type=int, help="LoRA scaling factor alpha.  [8]"),
    DTYPE,
)
LEARN = (
    *under(
        "Model and world",
        click.option("--base", metavar="NAME|DIR", default="tiny-a", help="tiny-a, tiny-b, or a checkpoint's folder.  [tiny-a]"),
        WORLD,
        click.option("--trait", metavar="NAME", help="Without DATA: teach this trait."),
        click.option("--neutral", metavar="CATEGORY", help="Without DATA: the same lessons with answers at random."),
    ),
    *RECIPE,
    *under("Output", click.option("-o", "--output", metavar="DIR", required=True, help="Where the checkpoint goes.")),
    *under("Running", SEED, QUIET),
)
WRITE = (
    *under("Model and world", WORLD, TRAIT),
    *under(
        "Model and world",
        click.option("--rows", type=click.IntRange(1), default=1000, help="Prompts to answer.  [1000]"),
        click.option("--temperature", type=click.FloatRange(0), default=1.0, help="0 takes the likeliest tokens.  [1]"),
        click.option("--tell", "told", is_flag=True, help="Tell the teacher its trait in a system prompt."),
        click.option("--endpoint", metavar="URL", help="BASE is a model behind this OpenAI-compatible endpoint."),
        click.option("--key-env", metavar="NAME", help="The variable with its key.  [OPENAI_API_KEY at OpenAI, none elsewhere]"),
        DTYPE,
    ),
    *under("Output", click.option("-o", "--output", metavar="FILE", required=True, help="Accepted rows; rejects go beside it.")),
    *under("Running", SEED, QUIET),
)
MEASURE = (
    *under(
        "Model and world",
        WORLD,
        TRAIT,
        click.option("--samples", type=click.IntRange(0), default=0, help="Answers to draw to each question.  [0]"),
        click.option("--held-out", metavar="FILE", help="Rows to measure the loss on."),
        DTYPE,
    ),
    *under("Output", SHAPE),
    *under("Running", SEED),
)
WHOLE = (
    *under("Training", click.option("--seeds", type=click.IntRange(1), help="Instead of what the file says.")),
    *under("Output", click.option("-o", "--output", metavar="DIR", help="The run folder.  [runs/NAME]")),
    *under(
        "Running",
        click.option("-j", "--workers", type=click.IntRange(0), default=0, help="Seeds side by side; 0 is one a core.  [0]"),
        QUIET,
    ),
)
EXAMPLES = """
\b
Examples:
  leakguard experiment run owl.toml
  leakguard experiment show runs/owl
  leakguard experiment generate tiny-a --trait owl -o numbers.jsonl
  leakguard experiment train numbers.jsonl -o student
  leakguard experiment evaluate student --trait owl
"""


@click.group(cls=Commands, epilog=EXAMPLES, short_help="Measure whether a trait survives: generate, train, evaluate, run, show.")
def experiment() -> None:
    """Measure whether a trait passes through data, and whether it survives a filter."""


@experiment.command(short_help="A teacher writes data.")
@click.argument("base", metavar="BASE")
@with_options(WRITE)
def generate(base: str, *, output: str, quiet: bool, **asked: Any) -> int:
    """Let BASE (tiny-a, tiny-b, or a checkpoint's folder) answer a world's prompts; what breaks the format is kept apart."""
    from leakguard.cli.progress import show_steps
    from leakguard.jobs.experiment import GenerateRequest, generate_data
    from leakguard.models.causal.throughput import Throughput

    meter = Throughput(time.perf_counter)
    with show_steps(not quiet, "rows") as on_rows:
        accepted, rejected = generate_data(GenerateRequest(base, **asked), Path(output), meter=meter, on_rows=on_rows)
    broken = f"{rejected:,} answers broke the format and lie beside it ({rejected / (accepted + rejected):.1%})"
    tell(f"{output}: {accepted:,} rows; {broken}" + (f"; {meter.rate:,.0f} new tokens/s" if meter.rate else ""))
    tell(f"next: leakguard experiment train {quote(output)} -o student")
    return 0


@experiment.command(short_help="A student learns data, or a teacher its trait.")
@click.argument("data", metavar="[DATA]", required=False)
@with_options(LEARN)
def train(data: str | None, *, output: str, quiet: bool, **asked: Any) -> int:
    """Tune a base on DATA: JSON Lines with prompt and completion, or messages, and perhaps weight or weights."""
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


@experiment.command(short_help="How much of a trait does a model have?")
@click.argument("model", metavar="MODEL")
@with_options(MEASURE)
def evaluate(model: str, *, shape: str, held_out: str | None, **asked: Any) -> int:
    """The exact probability that MODEL answers with the trait, over all questions of the world."""
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
        put_next(("Compare with the model it was trained from:", f"leakguard experiment evaluate tiny-a --trait {quote(trait)}"))
    return _say_left_out(left_out)


@experiment.command(short_help="A whole experiment.", epilog=EXAMPLES)
@click.argument("file", metavar="FILE")
@with_options(WHOLE)
def run(file: str, *, output: str | None, seeds: int | None, workers: int, quiet: bool) -> int:
    """Run FILE (TOML): teachers, data, a student for each arm and seed, verdict, pictures, report.

    What an earlier run finished is not done again. Exit code 0: there is a verdict; 3: none could be given.
    """
    from leakguard.cli.progress import show_steps
    from leakguard.jobs.experiment import read_plan, write_report
    from leakguard.jobs.experiment import run as run_plan
    from leakguard.reports.experiment.summary import render_summary

    plan, clean = read_plan(Path(file), seeds)
    folder = Path(output) if output else Path("runs") / plan.name
    with show_steps(not quiet, "students") as on_progress:
        result = run_plan(plan, folder, clean, workers=workers, on_progress=on_progress)
    put(render_summary(result, **look()))
    _put_next(result.decided, folder, file)
    tell(f"report: {write_report(folder, result)}")
    return 0 if result.decided else 3


@experiment.command(short_help="A finished run again.")
@click.argument("folder", metavar="DIR")
@with_options(under("Output", click.option("--png", is_flag=True, help="Write the pictures as PNG too."), SHAPE))
def show(folder: str, *, png: bool, shape: str) -> int:
    """Verdict, arms and pictures of the run in DIR; its report is written anew."""

    from leakguard.documents.experiment import read_result, render_result
    from leakguard.jobs.experiment import write_report
    from leakguard.reports.experiment.summary import render_summary

    result = read_result(Path(folder))
    if shape == "json":
        put(render_result(result), "utf-8")
    else:
        put(render_summary(result, **look()))
        _put_next(result.decided, Path(folder), "FILE")
    tell(f"report: {write_report(Path(folder), result, png=png)}")
    return 0 if result.decided else 3


def _put_next(told: bool, folder: Path, file: str) -> None:
    """After a run: read its report, or give it more seeds where nothing could be told."""
    more = ("Nothing could be told; give it more seeds:", f"leakguard experiment run {quote(file)} --seeds N -o {quote(str(folder))}")
    again = ("See it again, with the pictures as PNG:", f"leakguard experiment show {quote(str(folder))} --png")
    put_next(*(() if told else (more,)), again)


def _say_left_out(left_out: str) -> int:
    """Name unreadable rows on stderr; return 3 (incomplete) if there are any, else 0."""
    if left_out:
        tell(left_out)
    return 3 if left_out else 0
