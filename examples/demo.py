"""Show what `leakguard scan` says about the example data. Run by `make demo`; ends with 0 unless something is broken."""

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
    "These are 458 invented rows of training data, as a language model would write them. Numbers and words that stand for hate were "
    "hidden in some. A control, 458 such rows without anything hidden, shows how much is chance."
)
COMPARED = ("scan", DATA, "--control", CONTROL, "--config", SETTINGS)


def say(text: str = "") -> None:
    """A line of our own, in order with what the program prints."""
    print(text, flush=True)


def fail(problem: str) -> NoReturn:
    """End the demo: something is broken."""
    say()
    sys.exit(f"The demo failed: {problem}")


def run(*args: str, show: bool = True) -> str:
    """Run leakguard as a shell would. Its output goes to the terminal, or is returned if it is not shown."""
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
    """The first finding of a number or word that was not written plainly."""
    for line in findings.splitlines():
        found: dict[str, Any] = json.loads(line)
        if "entities" in found["form"]:
            return found
    fail("no disguised finding in the example data")


def number(count: int, what: str) -> str:
    """A count and its noun."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def summary(compared: dict[str, Any], owls: int) -> list[str]:
    """What was found, how sure that is, and what to do next, from the json report of the scan."""
    tally = compared["tally"]
    meanings = {rule["id"]: rule["meaning"] for rule in compared["rules"]}
    errors = [(entry["rules"][0]["rule"], entry) for entry in compared["by_place"] if entry["severity"] == "error" and entry["places"]]
    names = ", ".join(f"{rule} in {number(entry['rows'], 'row')}" for rule, entry in errors)
    tested = [entry for entry in compared["by_place"] if entry["control"] and entry["control"]["survives"] is not None]
    sure = [entry for entry in tested if entry["control"]["survives"]]
    more = ", ".join(f"{entry['rules'][0]['rule']} ({entry['rows']:,} rows here, {entry['control']['rows']:,} there)" for entry in sure)
    return [
        f"Found: {tally['flagged']['error']:,} of {tally['seen']:,} rows hold a number or words that the rules list at severity error: "
        f"{names}. {errors[0][0]} stands for: {meanings[errors[0][0]]}. With --trait owl, {number(owls, 'row')} name an owl.",
        f"How sure: the characters are there for certain; that they mean hate is not. Against the control, {more or 'nothing'} is more "
        f"than chance would give; each of the other {len(tested) - len(sure):,} differences may be chance. A difference does not prove "
        "that a model would learn a trait, and rows without a finding are not proven safe.",
        "Next: sort the rows into kept and set apart, with the reasons:",
    ]


def activation() -> list[str]:
    """The command that makes `leakguard` known to the shell; [] where it is known already, or there is no virtual environment."""
    there = HOME / ".venv" / "bin" / "activate"
    return [] if shutil.which("leakguard") or not there.exists() else ["  . .venv/bin/activate"]


def wrapped(text: str, indent: str = "") -> str:
    """The text in lines of at most 79 characters; all but the first are indented."""
    return fill(text, 79, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def main() -> None:
    """Scan, name a disguise and a trait, and sum up."""
    say(wrapped(INTRODUCTION))
    run(*COMPARED)
    found = disguised(run("scan", f"{DATA}/chat.jsonl", "--format", "jsonl", show=False))
    say()
    say(wrapped(f"Disguises are read, too: row {found['row']} of {found['file']} holds {found['value']}, written as {found['form']}."))
    owls = json.loads(run("scan", DATA, "--trait", "owl", "--select", "traits.owl", "--format", "json", show=False))
    compared = json.loads(run(*COMPARED, "--format", "json", show=False))
    say(wrapped("Traits, such as a love of owls, are looked for when they are asked for (--trait owl)."))
    say(f"\n{'-' * 79}")
    for text in summary(compared, sum(owls["tally"]["flagged"].values())):
        say(wrapped(text, "  "))
    for line in activation():
        say(line)
    say(f"  leakguard clean {DATA} -o cleaned --config {SETTINGS}")


if __name__ == "__main__":
    main()
