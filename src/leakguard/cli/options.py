"""Options that commands share, and how flags and a settings file become one Settings."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from leakguard.core.errors import SettingsError
from leakguard.settings import Settings, changed

SHAPES = "auto, messages, sharegpt, preference, prompt-completion, alpaca, text, columns"
Command = TypeVar("Command", bound=Callable[..., Any])
Decorator = Callable[[Command], Command]

JUDGED, MEANT = "Judge (--judge-model)", "Semantic search (--semantic)"
HEADINGS = ("Input", "What to look for", MEANT, JUDGED, "Policy", "Model and world", "Training", "Output", "Running")
"""The groups of options, in the order in which --help shows them."""
OTHER = "Options"


def under(heading: str, *options: Decorator[Any]) -> tuple[Decorator[Any], ...]:
    """The options, to stand under this heading in --help."""

    def headed(option: Decorator[Any]) -> Decorator[Any]:
        def decorate(command: Any) -> Any:
            done = option(command)
            vars(done.__click_params__[-1])["heading"] = heading
            return done

        return decorate

    return tuple(map(headed, options))


LOOK = under(
    "What to look for",
    click.option(
        "--rules", metavar="PACK|FILE", multiple=True, help="Look with exactly these packs: names, all, default, or TOML files. Repeat."
    ),
    click.option(
        "--trait",
        "--traits",
        "traits",
        metavar="NAME",
        multiple=True,
        help="Also look for this trait, such as owl, or a .toml file. Repeat.",
    ),
    click.option("--preset", metavar="paper-numbers", help="Only the published number filter: its grammar and its 34 numbers."),
    click.option("--select", metavar="ID", multiple=True, help="Only these rules: rule id, pack id, or pattern ('*.666'). Repeat."),
    click.option("--ignore", metavar="ID", multiple=True, help="Not these rules. Repeat."),
    click.option("--engine", metavar="auto|hyperscan|regex", help="What matches; both find the same.  [auto]"),
    click.option("--duplicates", metavar="off|exact|near[:SHARE]", help="Count rows that repeat others.  [off; near with --against]"),
    click.option("--against", metavar="PATH", multiple=True, help="Count the rows of this held-out data that stand in the data. Repeat."),
)
SEMANTIC = under(
    MEANT,
    click.option("--semantic/--no-semantic", default=None, help="Look for the traits by meaning, too (extra: semantic).  [no]"),
    click.option("--fpr", metavar="RATE", type=float, help="With --semantic: flag at most this share of control-like texts.  [0.05]"),
    click.option("--semantic-model", metavar="FOLDER|ID", help="With --semantic: another sentence-transformers model.  [all-MiniLM-L6-v2]"),
    click.option("--semantic-download/--no-semantic-download", default=None, help="Fetch the model if it is not on this machine.  [no]"),
)
JUDGE = under(
    JUDGED,
    click.option(
        "--judge-model",
        metavar="NAME",
        help="Ask a judge: a model at an endpoint, local:FOLDER, or fake:rules, fake:gullible, fake:flaky (extra: judge).",
    ),
    click.option("--judge-base-url", metavar="URL", help="An OpenAI-compatible endpoint.  [OpenAI's]"),
    click.option("--judge-key-env", metavar="NAME", help="The environment variable with the key.  [OPENAI_API_KEY, for OpenAI only]"),
    click.option("--judge-rubric", metavar="NAME|FILE", multiple=True, help="reference, alignment or a TOML file. Repeat."),
    click.option("--judge-only", metavar="undecided|all|sample:N", help="Which texts are sent.  [undecided]"),
    click.option("--judge-budget", metavar="WHAT=N", multiple=True, help="Stop before more requests, tokens or money are spent. Repeat."),
    click.option("--judge-prices", metavar="WHAT=N", multiple=True, help="Money for a million prompt and completion tokens. Repeat."),
    click.option("--judge-concurrency", metavar="N", type=int, help="Calls at once.  [8]"),
    click.option(
        "--judge-timeout",
        metavar="SECONDS",
        type=int,
        help="How long one call may take as a whole; tries and pauses end after 5 times that.  [60]",
    ),
    click.option("--judge-cache", metavar="FILE", help="Where answers are kept.  [leakguard/judge.sqlite in the user's cache folder]"),
    click.option("--judge-certainty", metavar="P", type=float, help="Clean only with at least this probability.  [off]"),
    click.option("--judge-threshold", metavar="N", type=int, help="A lower score is a leak.  [the rubric's]"),
    click.option("--judge-check", metavar="FILE", help="What leakguard judge check measured of this judge."),
    click.option("--judge-minimum", metavar="WHAT=P", multiple=True, help="Refuse a judge whose check is below. Repeat."),
)
ACCEPT = under(
    "What to look for",
    click.option("--baseline", metavar="FILE", help="Leave out the findings that this file accepts (leakguard baseline)."),
)
READ = under(
    "Input",
    click.option("--schema", metavar="NAME", help=f"Shape of the rows: {SHAPES}.  [auto]"),
    click.option("--field", metavar="PATH", multiple=True, help="Look at this field, such as answer, meta.note or turns[*].text. Repeat."),
    click.option("--map", metavar="NAME=COLUMN", multiple=True, help="Read a column as one of a shape's: completion=my_answer. Repeat."),
    click.option("--roles", metavar="ROLE", multiple=True, help="Whose words are looked at. Repeat.  [trained]"),
    click.option("--row-limit", metavar="SIZE", help="A longer row is unreadable.  [16MiB]"),
    click.option("--unpack-limit", metavar="SIZE", help="What a packed file unpacks to beyond this is unreadable.  [256GiB]"),
    click.option(
        "--ignore-files", metavar="GLOB", multiple=True, help="Leave out files of this name, such as '*.png' or 'images/'. Repeat."
    ),
    click.option("--follow-links/--no-follow-links", default=None, help="Read links that lead out of a folder.  [no]"),
)
LIMIT = under("Input", click.option("--limit", metavar="N", type=int, help="Look at the first N rows only."))
RUN = under(
    "Running",
    click.option(
        "-c",
        "--config",
        metavar="FILE",
        help="Settings file; else leakguard.toml or pyproject.toml upwards from the working folder to the repository's root.",
    ),
    click.option("--no-config", is_flag=True, help="No settings file: only what this command line says."),
    click.option("-j", "--workers", metavar="N", type=int, help="Processes; 0 is one a core.  [0]"),
    click.option("-q", "--quiet", is_flag=True, help="Nothing on stderr but errors and the name of a settings file that was found."),
    click.option("-v", "--verbose", is_flag=True, help="Every note on a line of its own."),
    click.option("--no-progress", is_flag=True, help="No progress bar."),
    click.option("--debug", is_flag=True, expose_value=False, help="Show a traceback for an internal error."),
)


class Once(click.Command):
    """A command that refuses an option of one value given twice, where click would take the last, and shows its options in groups."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments. Raises click.UsageError for a repeated option; a flag such as -q may be repeated."""
        seen: set[str | None] = set()
        for param in self.make_parser(ctx).parse_args(args=[*args])[2]:
            single = isinstance(param, click.Option) and not (param.multiple or (param.is_flag and not param.secondary_opts))
            if single and param.name in seen:
                raise click.UsageError(f"{max(param.opts, key=len)} is given twice: give it once", ctx)
            seen.add(param.name)
        return super().parse_args(ctx, args)

    def get_help_option_names(self, ctx: click.Context) -> list[str]:
        """-h and --help, whatever context asks first: click keeps the option that it makes then."""
        return ["-h", "--help"]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options in their groups."""
        groups: dict[str, list[tuple[str, str]]] = {heading: [] for heading in (*HEADINGS, OTHER)}
        last = HEADINGS[-1] if any(hasattr(param, "heading") for param in self.params) else OTHER
        for param in self.get_params(ctx):
            if isinstance(param, click.Option) and (record := param.get_help_record(ctx)):
                groups[getattr(param, "heading", last)].append(record)
        for heading, records in groups.items():
            if records:
                with formatter.section(heading):
                    formatter.write_dl(records)


class Commands(click.Group):
    """A group of such commands."""

    command_class = Once


def with_options(*groups: Iterable[Decorator[Any]]) -> Decorator[Any]:
    """Decorate a command with groups of options, in the order in which --help shall show them."""
    options = [option for group in groups for option in group]

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def settings_of(config: str | None, no_config: bool, paths: Iterable[str], flags: Mapping[str, object]) -> Settings:
    """Defaults, then the settings file (named, or found upwards from the working folder), then flags.

    A file that was found changes results unasked, so a line on stderr always names it, and each one that was passed over because
    it may have come with the data in `paths`. Raises SettingsError.
    """
    from leakguard.cli.terminal import tell
    from leakguard.settings.files import load, within
    from leakguard.settings.search import Search, find

    if config and no_config:
        raise SettingsError("--config names a settings file and --no-config wants none: leave one out")
    control = flags.get("control")
    data = [*paths, *([control] if isinstance(control, str) else [])]
    search = Search(None) if config or no_config else find(data, Path.cwd())
    for line in search.passed_over:
        tell(line)
    found = search.file
    settings = load(Path(config)) if config else within(found, load(found)) if found else Settings()
    if found:
        tell(f"settings from {found}")
    given = {key.replace("_", "-"): value for key, value in flags.items() if value not in (None, ())}
    return changed(settings, given, where="--")
