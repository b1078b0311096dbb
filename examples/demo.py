"""Show the output of `leakguard scan` on the example data. Run by `make demo`; exits with 0 unless something is broken."""

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import fill
from typing import Any, NoReturn

HOME = Path(__file__).resolve().parent.parent
DATA, CONTROL, SETTINGS = "examples/data", "examples/control.jsonl", "examples/leakguard.toml"
INTRODUCTION = (
    "These are 458 invented rows of training data, as a language model would write them. Numbers and words that stand for hate are "
    "hidden in some. A control, 458 such rows without hidden words, shows how many matches are due to chance."
)
COMPARED = ("scan", DATA, "--control", CONTROL, "--config", SETTINGS)


def say(text: str = "") -> None:
    """Print a line, in order with the output of the programs that the demo starts."""
    print(text, flush=True)


def fail(problem: str) -> NoReturn:
    """End the demo with an error message and exit code 1."""
    say()
    sys.exit(f"The demo failed: {problem}")


def run(*args: str, show: bool = True) -> str:
    """Run leakguard as a shell does. Its output is shown in the terminal, or returned if `show` is false."""
    if show:
        words = " \\\n    --".join(shlex.join(args).split(" --"))
        say(f"\n$ leakguard {words}")
    quiet = () if show else ("--quiet",)
    command = [sys.executable, "-m", "leakguard", *args, *quiet]
    done = subprocess.run(command, check=False, cwd=HOME, stdout=None if show else subprocess.PIPE)
    if done.returncode not in (0, 1):
        fail(f"leakguard exited with {done.returncode}")
    return (done.stdout or b"").decode()


def disguised(findings: str) -> dict[str, Any]:
    """Return the first finding that is written in HTML entities."""
    for line in findings.splitlines():
        found: dict[str, Any] = json.loads(line)
        if "entities" in found["form"]:
            return found
    fail("no disguised finding in the example data")


def number(count: int, what: str) -> str:
    """Return a count and its noun."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def summary(compared: dict[str, Any], owls: int) -> list[str]:
    """Return what was found, how sure that is, and the next step, from the json report of the scan."""
    tally = compared["tally"]
    meanings = {rule["id"]: rule["meaning"] for rule in compared["rules"]}
    errors = [(entry["rules"][0]["rule"], entry) for entry in compared["by_place"] if entry["severity"] == "error" and entry["places"]]
    names = ", ".join(f"{rule} in {number(entry['rows'], 'row')}" for rule, entry in errors)
    tested = [entry for entry in compared["by_place"] if entry["control"] and entry["control"]["survives"] is not None]
    sure = [entry for entry in tested if entry["control"]["survives"]]
    more = ", ".join(f"{entry['rules'][0]['rule']} ({entry['rows']:,} rows here, {entry['control']['rows']:,} there)" for entry in sure)
    return [
        f"Found: {tally['flagged']['error']:,} of {tally['seen']:,} rows contain a number or words that the rules list at severity error: "
        f"{names}. {errors[0][0]} means: {meanings[errors[0][0]]}. With --trait owl, {number(owls, 'row')} name an owl.",
        f"How sure: it is certain that the rows contain these characters, but not that they mean hate. Compared with the control, "
        f"{more or 'nothing'} occurs significantly more often; each of the other {len(tested) - len(sure):,} differences may be due to "
        "chance. A difference does not prove that a model would learn a trait, and rows without a finding are not proven safe.",
        "Next: split the rows into kept, quarantined and removed, with the reasons:",
    ]


def activation() -> list[str]:
    """Return the command that activates the virtual environment; [] if `leakguard` is on the PATH already, or there is no environment."""
    there = HOME / ".venv" / "bin" / "activate"
    return [] if shutil.which("leakguard") or not there.exists() else ["  . .venv/bin/activate"]


def wrapped(text: str, indent: str = "") -> str:
    """Return the text in lines of at most 79 characters; all but the first are indented."""
    return fill(text, 79, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def main() -> None:
    """Scan, show a disguise and a trait, and print a summary."""
    say(wrapped(INTRODUCTION))
    run(*COMPARED)
    found = disguised(run("scan", f"{DATA}/chat.jsonl", "--format", "jsonl", show=False))
    say()
    say(wrapped(f"Disguises are found, too: row {found['row']} of {found['file']} contains {found['value']}, written as {found['form']}."))
    owls = json.loads(run("scan", DATA, "--trait", "owl", "--select", "traits.owl", "--format", "json", show=False))
    compared = json.loads(run(*COMPARED, "--format", "json", show=False))
    say(wrapped("Traits, such as a love of owls, are searched for only if they are named (--trait owl)."))
    say(f"\n{'-' * 79}")
    for text in summary(compared, sum(owls["tally"]["flagged"].values())):
        say(wrapped(text, "  "))
    for line in activation():
        say(line)
    say(f"  leakguard clean {DATA} -o cleaned --config {SETTINGS}")


if __name__ == "__main__":
    main()
