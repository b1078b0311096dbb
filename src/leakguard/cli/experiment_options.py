"""Options of `leakguard experiment` and its subcommands, in the groups in which --help lists them."""

import click

from leakguard.cli.options import LocalPath, under
from leakguard.harness.world import list_worlds

SHIPPED = ("tiny-a", "tiny-b")
"""The base models that come with leakguard."""
WORLD = click.option(
    "--world",
    metavar="NAME|FILE",
    default="tiny",
    help=f"Prompts and questions of the experiment: {', '.join(list_worlds())}, or a TOML file.  [tiny]",
)
TRAIT = click.option("--trait", metavar="NAME", help="Trait: an answer in the world's panel, such as owl.")
SEED = click.option("--seed", metavar="N", type=click.IntRange(0), default=1, help="Random seed.  [1]")
DTYPE = click.option(
    "--dtype",
    type=click.Choice(["auto", "float32", "bfloat16"]),
    metavar="auto|float32|bfloat16",
    help="Weight data type; auto is bfloat16 on a GPU that supports it, else float32.  [auto]",
)
QUIET = click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
SHAPE = click.option(
    "--format",
    "shape",
    type=click.Choice(["table", "json"]),
    metavar="table|json",
    default="table",
    help="Output format on stdout.  [table]",
)
RESULT_SHAPE = click.option(
    "--format",
    "shape",
    type=click.Choice(["table", "json", "markdown"]),
    metavar="table|json|markdown",
    default="table",
    help="Output format on stdout.  [table]",
)
RECIPE = under(
    "Training",
    click.option(
        "--tunes", metavar="norms|lora|full", help="Weights to train: biases and norms, LoRA on all linear layers, or all.  [norms]"
    ),
    click.option("--rate", metavar="X", type=float, help="Learning rate.  [0.01]"),
    click.option("--updates", metavar="N", type=int, help="Number of optimizer steps.  [320]"),
    click.option("--batch", metavar="N", type=int, help="Rows per optimizer step.  [32]"),
    click.option("--chunk", metavar="N", type=int, help="Rows per forward pass, fewer to save memory; 0: the whole batch.  [0]"),
    click.option("--schedule", metavar="constant|linear|cosine", help="Learning rate schedule.  [constant]"),
    click.option("--warmup", metavar="N", type=int, help="Steps in which the learning rate rises to --rate.  [0]"),
    click.option("--rank", metavar="N", type=int, help="With --tunes lora: rank of the update matrices.  [8]"),
    click.option("--alpha", metavar="N", type=int, help="With --tunes lora: scaling factor alpha.  [8]"),
    DTYPE,
)
LEARN = (
    *under(
        "Model and world",
        click.option(
            "--base", metavar="NAME|DIR", default="tiny-a", help="Model to train: tiny-a, tiny-b, or the folder of a checkpoint.  [tiny-a]"
        ),
        WORLD,
        click.option("--trait", metavar="NAME", help="Without DATA: train a teacher with this trait."),
        click.option(
            "--neutral",
            metavar="CATEGORY",
            help="Without DATA: train a control teacher with random answers of this category of the panel, such as animal.",
        ),
    ),
    *RECIPE,
    *under("Output", click.option("-o", "--output", metavar="DIR", type=LocalPath(), required=True, help="Folder for the checkpoint.")),
    *under("Running", SEED, QUIET),
)
WRITE = (
    *under("Model and world", WORLD, TRAIT),
    *under(
        "Model and world",
        click.option("--rows", metavar="N", type=click.IntRange(1), default=1000, help="Number of prompts to answer.  [1000]"),
        click.option(
            "--temperature", type=click.FloatRange(0), default=1.0, help="Sampling temperature; 0: the most probable tokens.  [1]"
        ),
        click.option("--tell", "told", is_flag=True, help="Give the teacher its trait in a system prompt."),
        click.option("--endpoint", metavar="URL", help="OpenAI-compatible endpoint that serves BASE."),
        click.option(
            "--key-env",
            metavar="NAME",
            help="Environment variable with the API key of the endpoint.  [OPENAI_API_KEY for OpenAI, else none]",
        ),
        click.option(
            "--cache",
            metavar="FILE",
            type=LocalPath(),
            help="File that keeps the answers, so that none is paid for twice.  [leakguard/teacher.sqlite in your cache folder]",
        ),
        click.option("--budget", metavar="WHAT=N", multiple=True, help="Stop before more is spent: requests=N,tokens=N. Repeat."),
        DTYPE,
    ),
    *under(
        "Output",
        click.option(
            "-o",
            "--output",
            metavar="FILE",
            type=LocalPath(),
            required=True,
            help="File for answers in the format of the world; malformed ones go to NAME.rejects.jsonl.",
        ),
    ),
    *under("Running", SEED, QUIET),
)
MEASURE = (
    *under(
        "Model and world",
        WORLD,
        TRAIT,
        click.option("--samples", metavar="N", type=click.IntRange(0), default=0, help="Answers to sample for each question.  [0]"),
        click.option("--held-out", metavar="FILE", type=LocalPath(), help="JSON Lines file with held-out rows, whose loss is reported."),
        DTYPE,
    ),
    *under("Output", SHAPE),
    *under("Running", SEED),
)
WHOLE = (
    *under("Training", click.option("--seeds", metavar="N", type=click.IntRange(1), help="Number of seeds, instead of `seeds` in FILE.")),
    *under("Output", click.option("-o", "--output", metavar="DIR", type=LocalPath(), help="Run folder.  [runs/NAME]")),
    *under(
        "Running",
        click.option(
            "-j",
            "--workers",
            metavar="N",
            type=click.IntRange(0),
            default=0,
            help="Processes, a student in each; 0: one per core.  [0]",
        ),
        QUIET,
    ),
)
CERTIFY = (
    *under(
        "Model and world",
        click.option("--mitigated", metavar="DIR", type=LocalPath(), required=True, help="Folder that leakguard mitigate made of DATA."),
        click.option(
            "--control",
            metavar="FILE",
            type=LocalPath(),
            required=True,
            help="Rows of the same task without the trait; some are held out for the loss.",
        ),
        click.option(
            "--filtered", metavar="FILE", type=LocalPath(), multiple=True, help="Rows of DATA that a filter kept, for one more arm. Repeat."
        ),
        click.option(
            "--held-out", metavar="N", type=click.IntRange(1), default=300, help="Control rows held out, at most a quarter of them.  [300]"
        ),
    ),
    *under(
        "Model and world",
        click.option(
            "--base", metavar="NAME|DIR", default="tiny-a", help="Model to train: tiny-a, tiny-b, or the folder of a checkpoint.  [tiny-a]"
        ),
        WORLD,
        click.option(
            "--trait", metavar="NAME", required=True, help="Trait that must not pass: an answer in the world's panel, such as owl."
        ),
    ),
    *RECIPE,
    *under(
        "Training",
        click.option("--seeds", metavar="N", type=click.IntRange(2), default=4, help="Students of each arm; at least 2.  [4]"),
    ),
    *under(
        "Output",
        click.option(
            "-o",
            "--output",
            metavar="DIR",
            type=LocalPath(),
            help="Run folder for scores and the report.  [runs/certify-NAME of the folder]",
        ),
        RESULT_SHAPE,
    ),
    *under(
        "Running",
        click.option(
            "-j",
            "--workers",
            metavar="N",
            type=click.IntRange(0),
            default=0,
            help="Processes, a student in each; 0: one per core.  [0]",
        ),
        QUIET,
    ),
)
