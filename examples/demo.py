"""Show what `leakguard scan` says about the example data. Run by `make demo`; ends with 0 unless something is broken."""

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

HOME = Path(__file__).resolve().parent.parent
MEANING = {
    0: "it looked at every row and found nothing at or above --fail-on, which is error unless you say otherwise",
    1: "it looked at every row, and some have a finding at or above --fail-on, which is error unless you say otherwise",
}


def say(text: str = "") -> None:
    """A line of our own, in order with what the program prints."""
    print(text, flush=True)


def fail(problem: str) -> NoReturn:
    """End the demo: something is broken."""
    say()
    sys.exit(f"The demo failed: {problem}")


def run(*args: str, show: bool = True) -> str:
    """Run leakguard as a shell would. Its output goes to the terminal, or is returned if it is not shown."""
    say(f"\n$ leakguard {shlex.join(args)}")
    done = subprocess.run([sys.executable, "-m", "leakguard", *args], check=False, cwd=HOME, stdout=None if show else subprocess.PIPE)
    if done.returncode not in MEANING:
        fail(f"leakguard exited with {done.returncode}")
    if show:
        say(f"\n-> exit code {done.returncode}: {MEANING[done.returncode]}.")
    return (done.stdout or b"").decode()


def disguised(findings: str) -> str:
    """The first line about a number or word that was not written plainly."""
    for line in findings.splitlines():
        if "entities" in json.loads(line)["form"]:
            return line
    fail("no disguised finding in the example data")


def main() -> None:
    """Scan, show one finding in full, and look for a trait."""
    say("Scanning 458 invented rows of training data in five shapes, with leaks planted in some of them, and comparing them")
    say("with 458 rows of the same kind without any plant.")
    run("scan", "examples/data", "--control", "examples/control.jsonl", "--config", "examples/leakguard.toml")
    say("\nEvery finding is also a line of JSON. This one was written as HTML entities; start and end are characters of the row's text:")
    say(disguised(run("scan", "examples/data/chat.jsonl", "--format", "jsonl", "--quiet", show=False)))
    say("\nTraits are looked for only when asked. Who mentions owls?")
    run("scan", "examples/data", "--trait", "owl", "--select", "traits.owl")


if __name__ == "__main__":
    main()
