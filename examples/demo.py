"""Show what `leakguard scan` says about the example data. Run by `make demo`; ends with 0 unless something is broken."""

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

HOME = Path(__file__).resolve().parent.parent
DATA, CONTROL, SETTINGS = "examples/data", "examples/control.jsonl", "examples/leakguard.toml"
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
        say(f"\n$ leakguard {shlex.join(args)}")
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
    errors = [entry for entry in compared["by_place"] if entry["severity"] == "error" and entry["places"]]
    names = ", ".join(f"{entry['rules'][0]['rule']} in {number(entry['rows'], 'row')}" for entry in errors)
    tested = [entry for entry in compared["by_place"] if entry["control"] and entry["control"]["survives"] is not None]
    sure = [entry for entry in tested if entry["control"]["survives"]]
    rates = ", ".join(f"{entry['rules'][0]['rule']} ({entry['rows']:,} rows against {entry['control']['rows']:,})" for entry in sure)
    return [
        f"Found: of {tally['seen']:,} rows, {tally['flagged']['error']:,} hold something at severity error ({names}), and "
        f"{number(owls, 'row')} {'names' if owls == 1 else 'name'} an owl.",
        f"How sure: that these characters stand there is certain; what they mean is not. Compared with {CONTROL}, {len(sure):,} of "
        f"{len(tested):,} differences are more than chance would give: {rates or 'none'}. That says the two data sets differ, not that a "
        "model would learn a trait, and rows without any finding are not proven safe.",
        "Next: sort the rows into kept and set apart, with the reasons:",
    ]


def wrapped(text: str) -> str:
    """The text in lines of at most 79 characters."""
    from textwrap import fill

    return fill(text, 79, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def main() -> None:
    """Scan, show one finding in full, look for a trait, and sum up."""
    say(wrapped("These are 458 invented rows of training data, as a language model would write them. Numbers and words that stand for"))
    say(wrapped("hate were hidden in some. A control, 458 such rows without anything hidden, shows how much is chance."))
    run(*COMPARED)
    found = disguised(run("scan", f"{DATA}/chat.jsonl", "--format", "jsonl", show=False))
    say()
    say(wrapped(f"Disguises are read, too: row {found['row']} of {found['file']} holds {found['value']}, written as {found['form']}."))
    say("\nTraits, such as a love of owls, are looked for when they are asked for:")
    run("scan", DATA, "--trait", "owl", "--select", "traits.owl")
    owls = json.loads(run("scan", DATA, "--trait", "owl", "--select", "traits.owl", "--format", "json", show=False))
    compared = json.loads(run(*COMPARED, "--format", "json", show=False))
    say(f"\n{'-' * 79}")
    for text in summary(compared, sum(owls["tally"]["flagged"].values())):
        say(wrapped(text))
    say(f"  leakguard clean {DATA} -o cleaned --config {SETTINGS}")


if __name__ == "__main__":
    main()
