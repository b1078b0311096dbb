"""`leakguard rules`: list, show, test and write rules."""

from collections.abc import Sequence
from pathlib import Path
from shlex import quote

import click

from leakguard.cli.options import Commands, write_notes
from leakguard.cli.terminal import look, put, put_next
from leakguard.core.errors import UsageError
from leakguard.core.exit_codes import ExitCode
from leakguard.core.rule import RulePack
from leakguard.core.suggest import suggest_names
from leakguard.reports.kit.steps import repeat_option

PACKS = click.argument("names", metavar="[PACK|FILE]...", nargs=-1)


NOTES = """
\b
Examples:
  leakguard rules list hate-numeric
  leakguard rules show hate-numeric.1488
  leakguard rules new mine
  leakguard rules test mine.toml
"""


_LISTED = {0: "shown", 2: "usage error: no such rule, pack or file"}


@click.group(cls=Commands, short_help="List, show, test and write rules.", epilog=NOTES)
def rules() -> None:
    """List, show, test and write rules."""


@rules.command(
    "list",
    short_help="List the rules of packs.",
    epilog=write_notes(_LISTED, "leakguard rules list", "leakguard rules list hate-numeric --format json"),
)
@PACKS
@click.option("--format", "shape", metavar="table|json", default="table", help="Format of the report on stdout.  [table]")
def list_(names: tuple[str, ...], shape: str) -> int:
    """List the rules of the named packs; without a name, of all packs that come with leakguard."""
    from leakguard.reports.rules import catalog

    packs = _packs(names)
    _check_shape(shape)
    if shape == "json":
        put(catalog.packs_to_json(packs), "utf-8")
    else:
        put(catalog.list_rules(packs, **look()))
        put_next(("Everything about one rule:", f"leakguard rules show {quote(packs[0].rules[0].id)}{_named(names)}"))
    return 0


@rules.command(
    short_help="Show a rule, pack or context.",
    epilog=write_notes(_LISTED, "leakguard rules show hate-numeric.1488", "leakguard rules show price"),
)
@click.argument("name", metavar="ID")
@click.option("--rules", "files", metavar="PACK|FILE", multiple=True, help="Search for ID in these packs.  [all that come with leakguard]")
def show(name: str, files: tuple[str, ...]) -> int:
    """Show everything about a rule, pack or context, including its examples."""
    from leakguard.jobs.build.packs import rule_matches
    from leakguard.reports.rules import catalog

    packs = _packs(files)
    found = [(pack, chosen) for pack in packs if (chosen := [rule for rule in pack.rules if rule_matches(rule, name)])]
    contexts = packs[0].contexts.by_id
    # The name is looked up among rules and packs first, then among contexts.
    if not found and name in contexts:
        put(catalog.describe_context(contexts[name], packs, **look()))
        return 0
    if not found:
        ids = [*(pack.id for pack in packs), *(rule.id for pack in packs for rule in pack.rules), *contexts]
        where = "" if files else "; a pack of your own needs --rules FILE"
        raise UsageError(f"no rule, pack or context is called {name!r}; {suggest_names(name, ids)}{where}")
    put("\n".join(catalog.describe_rules(pack, chosen, **look()) for pack, chosen in found))
    packs_of = _named(files) or ("" if all(pack.default for pack, _ in found) else _named([pack.id for pack, _ in found]))
    put_next(("Scan for this alone:", f"leakguard scan PATH...{packs_of} --select {quote(name)}"))
    return 0


@rules.command(
    short_help="Test packs by their examples.",
    epilog=write_notes(
        {0: "every example holds", 2: "an example fails, or a file cannot be read"},
        "leakguard rules test",
        "leakguard rules test mine.toml",
    ),
)
@PACKS
def test(names: tuple[str, ...]) -> int:
    """Check that each rule matches its examples in `hits` and none in `misses`; without a name, in all packs that come with leakguard."""
    from leakguard.detectors.rules.proof import find_failures
    from leakguard.jobs.build.pack_cache import open_pack_cache
    from leakguard.reports.kit.escape import escape_text

    failed, cache = 0, open_pack_cache()
    # A line for each pack, and below it a line for each example that does not hold.
    for pack in _packs(names):
        problems = find_failures(pack, cache)
        failed += len(problems)
        examples = sum(len(rule.hits) + len(rule.misses) for rule in pack.rules)
        verdict = f"{len(problems)} FAILED" if problems else "proven"
        click.echo(escape_text(f"{pack.file}: {len(pack.rules)} rule{'' if len(pack.rules) == 1 else 's'}, {examples} examples: {verdict}"))
        for problem in problems:
            click.echo(f"  {escape_text(problem)}")
    if failed:
        put_next(("Mend the rules or their examples, then test them again.", ""))
    else:
        put_next(("Scan with them:", f"leakguard scan PATH...{_named(names or ('all',))}"))
    return ExitCode.USAGE if failed else ExitCode.PASSED


@rules.command(
    short_help="Write a starter pack.",
    epilog=write_notes({0: "the file is written", 2: "the file exists already, or the name is not valid"}, "leakguard rules new codes"),
)
@click.argument("name", metavar="NAME")
def new(name: str) -> int:
    """Write NAME.toml, a small pack with comments that passes `leakguard rules test`."""
    from leakguard.cli.starter import starter

    path = Path(f"{name.removesuffix('.toml')}.toml")
    text = starter(path.stem)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path}: this file is there already; give another name") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror or error}") from error
    click.echo(f"{path} written; test it: leakguard rules test {path}")
    return 0


def _packs(names: Sequence[str]) -> tuple[RulePack, ...]:
    from leakguard.jobs.build.pack_cache import open_pack_cache
    from leakguard.jobs.build.packs import ALL, locate_packs
    from leakguard.rulebook.packs import read_packs
    from leakguard.rulebook.shipped import list_packs

    return read_packs(locate_packs(names or (ALL,), list_packs()), open_pack_cache())


def _named(packs: Sequence[str]) -> str:
    """Return rule packs as options of a command."""
    return repeat_option("rules", packs)


def _check_shape(shape: str) -> None:
    if shape not in ("table", "json"):
        raise UsageError(f"--format cannot be {shape!r}; {suggest_names(shape, ('table', 'json'))}")
