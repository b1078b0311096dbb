"""The generated parts of docs/reference/: commands, options, rules, documents and exit codes. Used by docs/generate.py."""

import importlib
import inspect
import re
import textwrap
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click
from document_members import MEMBERS, PAGES
from python_reference import describe_python

HOME = Path(__file__).resolve().parent.parent
WIDTH = 80
CODE_LINE = re.compile(r"^  (\d+) {2,}(.*)$")
FIRST = ("Input", "What to look for", "Output", "Policy")
ON, OFF = "on", "off"


def quote_code(text: str) -> str:
    """Return a text as code in Markdown: its invisible characters by their names, in more backticks than it has itself.

    >>> quote_code("a`b")
    '`` a`b ``'
    """
    shown = "".join(f"<U+{ord(char):04X}>" if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") else char for char in text)
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    space = " " if longest else ""
    return f"{fence}{space}{shown}{space}{fence}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


# Commands


def _walk_commands() -> Iterator[tuple[str, click.Command]]:
    """Yield every command and the commands below it, with its full name, in the order of --help."""
    from leakguard.cli import COMMANDS

    for name, place in COMMANDS.items():
        module, _, attribute = place.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        yield f"leakguard {name}", command
        for below in sorted(command.commands) if isinstance(command, click.Group) else ():
            yield f"leakguard {name} {below}", command.commands[below]


def _help_page(name: str, command: click.Command) -> str:
    """Return what --help prints in a terminal of 80 columns."""
    context = click.Context(command, info_name=name, terminal_width=WIDTH, max_content_width=WIDTH)
    return "\n".join(line.rstrip() for line in command.get_help(context).strip().splitlines())


def _first_sentence(command: click.Command) -> str:
    text = " ".join(inspect.cleandoc(command.help or "").split("\n\n")[0].split())
    return re.split(r"(?<=[^.]\.)\s(?=[A-Z])", text)[0]


def list_commands() -> str:
    """Return a table of all commands, and the help page of each."""
    pages = list(_walk_commands())
    rows = [f"| [`{name}`](#{name.replace(' ', '-')}) | {_cell(_first_sentence(command))} |" for name, command in pages]
    parts = [f"## {name}\n\n```text\n{_help_page(name, command)}\n```\n" for name, command in pages]
    return "\n".join(["| command | what it does |", "|---|---|", *rows, "", *parts])


def list_exit_codes() -> str:
    """Return what each exit code means for each command, from the help pages; a command without a list of its own is left out."""
    rows = []
    for name, command in _walk_commands():
        codes: dict[str, str] = {}
        last = ""
        section = _help_page(name, command).partition("Exit codes:\n")[2].partition("\n\n")[0]
        # A line begins with a code; lines without one continue the text before them.
        for line in textwrap.dedent(section).splitlines():
            if match := CODE_LINE.match(f"  {line}"):
                last = match[1]
                codes[last] = match[2]
            elif last:
                codes[last] += f" {line.strip()}"
        if codes:
            rows.append(f"| `{name}` | {' | '.join(_cell(codes.get(code, '')) for code in ('0', '1', '2', '3'))} |")
    return "\n".join(["| command | 0 | 1 | 2 | 3 |", "|---|---|---|---|---|", *rows])


def _read_title(page: str) -> str:
    first = (HOME / "docs" / page).read_text(encoding="utf-8").partition("\n")[0]
    return re.sub(r"[`#]", "", first).strip().rstrip("?")


def list_options() -> str:
    """Return a table for each group of options: key, flags, commands, default and meaning."""
    from leakguard.cli.flags import describe_default, flags_of
    from leakguard.settings.option import Option, field_name
    from leakguard.settings.options import DEFAULTS, OPTIONS

    # The groups that most runs need come first, then the others in the order of the table of options.
    groups: dict[str, list[tuple[str, Option]]] = {heading: [] for heading in FIRST}
    for key, option in OPTIONS.items():
        groups.setdefault(option.group.heading, []).append((key, option))
    lines = []
    for heading, options in groups.items():
        lines += [
            f"## {heading.replace('`', '')}",
            "",
            "| key | flags | commands | default | meaning |",
            "|---|---|---|---|---|",
        ]
        for key, option in options:
            default = describe_default(key) or ("see there" if getattr(DEFAULTS, field_name(key)) else "none")
            page = f" See [{_read_title(option.page)}](../{option.page})." if option.page else ""
            flags = ", ".join(f"`{flag}`" for flag in flags_of(key)) if option.of_commands else "in a settings file only"
            cells = (f"`{key}`", flags, ", ".join(option.of_commands), default, f"{option.help}{page}")
            lines.append(f"| {' | '.join(map(_cell, cells))} |")
        lines.append("")
    return "\n".join(lines)


# Rules


def _describe_severity(rule: dict[str, Any]) -> str:
    severity = rule["severity"]
    profiles = rule.get("profiles", ["numbers", "text"])
    levels = severity if isinstance(severity, dict) else dict.fromkeys(profiles, severity)
    return ", ".join(f"{level} ({profile})" for profile, level in levels.items())


def _join(values: Iterable[str]) -> str:
    return ", ".join(quote_code(value) for value in values)


def _describe_rule(rule: dict[str, Any], pack: dict[str, Any]) -> Iterator[str]:
    values = [str(rule["value"]), *map(str, rule.get("also", ()))]
    facts = {
        f"{rule['kind']}": _join(values),
        "severity": _describe_severity(rule),
        "no match in": ", ".join(rule.get("not_inside", ())),
        "a note in": ", ".join(rule.get("note_inside", ())),
        "no match inside": _join(rule.get("unless", ())),
        "only near": _join(rule.get("near", ())),
        "hits": _join(rule["hits"]),
        "misses": _join(rule["misses"]),
        "sources": ", ".join(map(_link_source, rule.get("sources", ()))) or "those of the pack",
    }
    yield from (f"### {rule['id']}", "", rule["meaning"][:1].upper() + rule["meaning"][1:] + ".", "")
    # A pattern may hold "<!", at which readers of HTML stumble in a line of text, but not in a block of code.
    yield from (f"```text\n{rule['pattern']}\n```", "") if "pattern" in rule else ()
    yield from (f"- **{name}**: {text}" for name, text in facts.items() if text)
    yield ""


def _link_source(source: str) -> str:
    """Return an address as a link, with what the source says behind it; other sources are text."""
    address, _, rest = source.partition(" ")
    return f"<{address}> {rest}".strip() if address.startswith(("https://", "http://")) else _cell(source)


def list_rules() -> str:
    """Return every shipped rule with what it looks for, its proof and its sources, by pack."""
    packs = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(HOME.glob("rules/*.toml"))]
    rows = []
    lines: list[str] = []
    for pack in packs:
        head = pack["pack"]
        title = f"{head['id']}"
        state = ON if head.get("default") else OFF
        rows.append(f"| [`{title}`](#{title}) | {head['version']} | {len(pack['rule'])} | {state} | {_cell(head['title'])} |")
        lines += [f"## {title}", "", f"{head['title']}, version {head['version']}, {state} by default.", "", "Sources of the pack:", ""]
        lines += [*(f"- {_link_source(source)}" for source in head.get("sources", ())), ""]
        for rule in pack["rule"]:
            lines += _describe_rule(rule, head)
    return "\n".join(["| pack | version | rules | by default | about |", "|---|---|---|---|---|", *rows, "", *lines])


# Documents


def list_documents() -> str:
    """Return every kind of kept document with its version and its members."""
    from leakguard.documents.kinds import KINDS

    rows = []
    lines = []
    for name, envelope in KINDS.items():
        kind = f"`{envelope.kind}`" if envelope.kind else "none"
        page = f"[{PAGES[name]}](../{PAGES[name]})" if name in PAGES else ""
        rows.append(
            f"| [{name}](#{name.replace(' ', '-')}) | {kind} | {envelope.version} | {'yes' if envelope.digest else 'no'} | {page} |"
        )
        lines += [f"## {name}", "", "| member | content |", "|---|---|"]
        lines += [f"| `{key}` | {_cell(MEMBERS.get(name, {}).get(key) or MEMBERS[''].get(key) or '')} |" for key in envelope.keys]
        lines.append("")
    return "\n".join(["| document | `kind` | `schema_version` | has a digest | page |", "|---|---|---|---|---|", *rows, "", *lines])


PARTS = {
    "commands": list_commands,
    "options": list_options,
    "exit-codes": list_exit_codes,
    "python": describe_python,
    "rules": list_rules,
    "documents": list_documents,
}
