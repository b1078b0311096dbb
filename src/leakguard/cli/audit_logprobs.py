"""`leakguard audit logprobs`: write the log-probabilities that the trait panel of an audit needs."""

from pathlib import Path
from shlex import quote
from typing import Any

import click

from leakguard.cli.options import CONFIG, DEBUG, LocalPath, Once, settings_of, settings_options, under, with_options, write_notes
from leakguard.cli.terminal import put_next, tell
from leakguard.core.errors import UsageError

WRITE = (
    *under(
        "Output",
        click.option(
            "-o",
            "--output",
            metavar="FILE",
            type=LocalPath(),
            required=True,
            help="File to write, JSON Lines; an interrupted one is continued.",
        ),
    ),
    *CONFIG,
    *under(
        "Running",
        click.option("-q", "--quiet", is_flag=True, help="On stderr, write only errors and which settings file is used."),
        click.option("--no-progress", is_flag=True, help="Show no progress: no bar in a terminal, no line a minute elsewhere."),
    ),
    *DEBUG,
)


@click.command(
    cls=Once,
    short_help="Score the rows with a model, for the trait panel.",
    epilog=write_notes(
        {0: "all rows are scored", 3: "rows cannot be read, the file cannot be written, or a file changed"},
        "leakguard audit logprobs numbers.jsonl -c panel.toml -o p.jsonl",
        "leakguard audit numbers.jsonl --control control.jsonl --logprobs p.jsonl",
    ),
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@with_options(settings_options("audit logprobs"), WRITE)
def logprobs(
    paths: tuple[str, ...], *, output: str, config: str | None, no_config: bool, quiet: bool, no_progress: bool, **flags: Any
) -> int:
    """Write the log-probability of every row of data and control under the prompts of traits, of placebo traits, and of none.

    The audit then runs without the model. An interrupted file is continued if everything else is the same.
    """
    from leakguard.cli.progress import show_steps
    from leakguard.jobs.logprobs import score_files
    from leakguard.reports.kit.wording import format_rows
    from leakguard.settings.plan import resolve

    settings = settings_of(config, no_config, paths, flags)
    inputs = {str(Path(one).resolve()) for one in (*paths, settings.control) if one}
    if str(Path(output).resolve()) in inputs:
        raise UsageError(f"--output {output}: this is an input file; give another path")
    with show_steps(not (quiet or no_progress), "rows") as on_rows:
        scored = score_files(resolve(settings), paths, Path(output), on_rows=on_rows)
    tell(f"{output}: {scored.rows:,} rows scored now")
    if scored.unreadable:
        tell(f"incomplete: {format_rows(scored.unreadable)} unreadable and not scored, such as {scored.first}")
    named = " ".join(map(quote, paths))
    put_next(
        ("Run the trait panel:", f"leakguard audit {named} --control {quote(settings.control or 'CONTROL')} --logprobs {quote(output)}")
    )
    return int(scored.exit_code)
