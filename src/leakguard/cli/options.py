"""Options of commands, made from the table of options, and the settings that result from flags and a settings file."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from leakguard.cli.flags import describe_default, flags_of, show_flags
from leakguard.core.errors import SettingsError, UsageError
from leakguard.core.store_address import find_address
from leakguard.settings import OPTIONS, Settings, override
from leakguard.settings.cluster import RUNNING
from leakguard.settings.leak_test import LEAK_TEST
from leakguard.settings.option import Option, field_name
from leakguard.settings.options import DEFAULTS, INPUT, JUDGE, LOOK, OUTPUT, POLICY
from leakguard.settings.semantic import SEMANTIC

# ParamType takes a type argument since click 8.4; older versions, which work too, have none.
if TYPE_CHECKING:
    TextType = click.ParamType[str]
else:
    TextType = click.ParamType


class InputPath(TextType):
    """The path or address of an input. An address is kept so that no text made from it holds its secrets."""

    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the path as it is; an address without secrets in its text."""
        return find_address(value) or str(value)


class LocalPath(TextType):
    """The path of a file or folder of this machine. Raises UsageError for an address of a store or a web server."""

    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the path as it is."""
        if address := find_address(value):
            raise UsageError(f"{address}: this must be a file or folder of this machine, not an address; copy it here first")
        return str(value)


Command = TypeVar("Command", bound=Callable[..., Any])
Decorator = Callable[[Command], Command]

JUDGED, MEANT = show_flags(JUDGE.heading), show_flags(SEMANTIC.heading)
HEADINGS = (
    INPUT.heading,
    LOOK.heading,
    LEAK_TEST.heading,
    "Monitor",
    MEANT,
    JUDGED,
    POLICY.heading,
    "Review",
    "Method",
    "Model and world",
    "Training",
    OUTPUT.heading,
    RUNNING.heading,
)
"""The groups of options, in the order in which --help shows them."""
OTHER = "Options"


def under(heading: str, *options: Decorator[Any]) -> tuple[Decorator[Any], ...]:
    """Return the options with a heading under which --help lists them."""

    def headed(option: Decorator[Any]) -> Decorator[Any]:
        def decorate(command: Any) -> Any:
            done = option(command)
            vars(done.__click_params__[-1])["heading"] = heading
            return done

        return decorate

    return tuple(map(headed, options))


def settings_options(command: str) -> tuple[Decorator[Any], ...]:
    """Return the decorators of all options in the table that the command has flags for."""
    entries = [(key, option) for key, option in OPTIONS.items() if command in option.of_commands]
    return tuple(decorator for key, option in entries for decorator in under(show_flags(option.group.heading), _flag(key, option, command)))


def _flag(key: str, option: Option, command: str) -> Decorator[Any]:
    """Return the click option for an option of the table, with a default value of None: only what was given overrides a settings file."""
    name, reader, text = field_name(key), option.reader, _help(key, option, command)
    if reader.flag is bool:
        return click.option("/".join(flags_of(key)), name, default=None, help=text)
    metavar = option.metavar or reader.metavar
    return click.option(*flags_of(key), name, metavar=metavar, type=reader.flag, multiple=reader.many, help=text)


def _help(key: str, option: Option, command: str) -> str:
    """Return the help text of an option: its purpose, whether it may be repeated, and its default value."""
    text, default = option.wording.get(command, (option.help, describe_default(key)))
    repeat = " Repeat." if option.reader.many else ""
    return show_flags(f"{text}{repeat}{f'  [{default}]' if default else ''}")


CONFIG = under(
    RUNNING.heading,
    click.option(
        "-c",
        "--config",
        metavar="FILE",
        help="Settings file. Without it: leakguard.toml or pyproject.toml in the working folder, or above it in the repository.",
    ),
    click.option("--no-config", is_flag=True, help="Use no settings file."),
)
DEBUG = under(RUNNING.heading, click.option("--debug", is_flag=True, expose_value=False, help="Show a traceback for an internal error."))
QUIET = under(
    RUNNING.heading,
    click.option("-q", "--quiet", is_flag=True, help="On stderr, write only errors and which settings file is used."),
    click.option("-v", "--verbose", is_flag=True, help="List every rule in the report, also those with notes only."),
    click.option("--no-progress", is_flag=True, help="Show no progress: no bar in a terminal, no line a minute elsewhere."),
)
RUN = (*CONFIG, *QUIET, *DEBUG)


def write_notes(codes: Mapping[int, str], *examples: str) -> str:
    """Return the end of a help page: exit codes with their meanings, and examples of the command. The codes 2, 4 and 130 are added."""
    meanings = {2: "usage error or invalid file; nothing was done", 4: "internal error", 130: "interrupted"} | dict(codes)
    listed = [f"  {code:<4} {meanings[code]}" for code in sorted(meanings)]
    return "\n".join(["\b", "Exit codes:", *listed, "", "\b", "Examples:", *(f"  {example}" for example in examples)])


class Once(click.Command):
    """A click command that rejects a repeated option with one value (click takes the last), and lists its options in groups."""

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
        """Return -h and --help for every context: click keeps the option that it makes for the first."""
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
    """A group of commands of class Once."""

    command_class = Once


class DefaultCommand(Once, Commands):
    """A command with arguments of its own that also has commands below it: the first argument decides, if it is the name of one."""

    allow_interspersed_args = True

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments, or keep all of them for the command that the first one names."""
        if args and args[0] in self.commands:
            ctx.args = [*args]
            return ctx.args
        return Once.parse_args(self, ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that the first argument names, or this one."""
        if not ctx.args:
            return click.Command.invoke(self, ctx)
        name, *args = ctx.args
        # The command below is a sibling in the usage line, which otherwise would show the arguments of this one.
        with self.commands[name].make_context(f"{ctx.info_name} {name}", args, parent=ctx.parent) as below:
            return below.command.invoke(below)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return the parts of the usage line: those of this command."""
        return click.Command.collect_usage_pieces(self, ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options in their groups, then the commands below."""
        Once.format_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)


def with_options(*groups: Iterable[Decorator[Any]]) -> Decorator[Any]:
    """Return a decorator that adds groups of options, in the order in which --help lists them."""
    options = [option for group in groups for option in group]

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def settings_of(config: str | None, no_config: bool, paths: Iterable[str], flags: Mapping[str, object]) -> Settings:
    """Return the settings: defaults, then the settings file (named, or found upwards from the working folder), then flags.

    The path of a file that was found is written to stderr, and each file that is not used because it may have come with the data.
    Raises SettingsError.
    """
    from leakguard.cli.terminal import tell
    from leakguard.settings.files import check_found, load
    from leakguard.settings.search import SettingsSearch, find_settings

    if config and no_config:
        raise SettingsError("`config` names a settings file and `no-config` wants none: leave one out")
    control = flags.get("control")
    data = [*paths, *([control] if isinstance(control, str) else [])]
    search = SettingsSearch(None) if config or no_config else find_settings(data, Path.cwd())
    for line in search.passed_over:
        tell(line)
    found = search.file
    settings = load(Path(config)) if config else load(found) if found else DEFAULTS
    if found:
        check_found(found, settings)
        tell(f"settings from {found}")
    given = {key.replace("_", "-"): value for key, value in flags.items() if value not in (None, ())}
    return override(settings, given, where="", name_key=lambda key: flags_of(key)[0])
