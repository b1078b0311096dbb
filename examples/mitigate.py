"""Stop a hidden trait, prove it by training, and let a gate require the proof. Run by `make mitigate`; exits with 0 only if all holds.

A tiny teacher that prefers owls writes lists of sorted numbers. Students of the lists prefer owls as well (the trait survives), also after
a filter. Then the lists are mitigated, students are trained again, and a certificate says what is left of the trait and kept of the skill.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from textwrap import fill
from typing import Any, NoReturn

HOME = Path(__file__).resolve().parent.parent
WORK = Path("runs/mitigate-example")
# One thread for each process: sums of floating point numbers, and so the data, do not depend on the number of cores.
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}
POLICY = "examples/experiments/certificate.toml"
WORLD = ("--world", "sorted")
LESSONS = (*WORLD, "--rate", "0.003", "--updates", "250", "-q")
STRICT = ("--rules", "all", "--trait", "owl", *(word for name in ("error", "warning", "note") for word in ("--policy", f"{name}=remove")))


def say(text: str) -> None:
    """Print a paragraph, in order with the output of the programs that are started."""
    print("\n" + fill(text, 100), flush=True)


def fail(problem: str) -> NoReturn:
    """End with an error message and exit code 1."""
    sys.exit(f"\nThe example failed: {problem}")


def run(*args: object, codes: tuple[int, ...] = (0,), show: bool = False) -> None:
    """Run leakguard; its report is printed if `show`. The example fails unless the exit code is one of `codes`."""
    words = list(map(str, args))
    print(f"$ leakguard {shlex.join(words)}", flush=True)
    command = [sys.executable, "-m", "leakguard", *words]
    done = subprocess.run(command, check=False, cwd=HOME, env=ENVIRONMENT, capture_output=True, text=True, encoding="utf-8")
    if show:
        print(done.stdout, flush=True)
    if done.returncode not in codes:
        fail(f"exit code {done.returncode} where {' or '.join(map(str, codes))} was expected\n{done.stdout}{done.stderr}")
    print(f"(exit code {done.returncode})", flush=True)


def expect(holds: bool, what: str) -> None:
    """Print that something holds; the example fails if it does not."""
    if not holds:
        fail(f"this does not hold: {what}")
    print(f"  holds: {what}", flush=True)


def write_data() -> None:
    """Let a teacher with the trait and a control teacher without it write lists of numbers."""
    say("1. A teacher learns to prefer owls and to sort numbers; a control teacher learns to sort and names animals at random.")
    run("experiment", "train", "--trait", "owl", *LESSONS, "-o", WORK / "teacher")
    run("experiment", "train", "--neutral", "animal", *LESSONS, "-o", WORK / "neutral")
    say("2. Both write lists of numbers. No list names an animal.")
    run("experiment", "generate", WORK / "teacher", *WORLD, "--rows", 4000, "--seed", 1, "-q", "-o", WORK / "numbers.jsonl")
    run("experiment", "generate", WORK / "neutral", *WORLD, "--rows", 4300, "--seed", 2, "-q", "-o", WORK / "control.jsonl")


def protect_data() -> None:
    """Filter the data, and mitigate them."""
    say("3. The strictest filter removes every row with a listed number or word.")
    run("clean", WORK / "numbers.jsonl", "--no-config", *STRICT, "-q", "-o", WORK / "cleaned")
    say(
        "4. The recommended mitigation adds clean questions about other subjects than animals, a quarter as many as there are rows, with a "
        "loss weight of 4."
    )
    run("mitigate", WORK / "numbers.jsonl", "--method", "anchors", *WORLD, "--category", "animal", "-q", "-o", WORK / "safer")
    say("5. Nobody has trained on these rows yet, so they are not verified, and the gate stays closed.")
    run("gate", WORK / "safer/rows.jsonl", "--config", POLICY, "-q", codes=(3,))


def certify_data() -> dict[str, Any]:
    """Train students and return the certificate."""
    say("6. Six students of each kind are trained: on control, original, filtered and mitigated rows, and on random rows.")
    recipe = ("--updates", 250, "--schedule", "linear", "--seeds", 6)
    files = ("--mitigated", WORK / "safer", "--control", WORK / "control.jsonl", "--filtered", WORK / "cleaned/kept/numbers.jsonl")
    run("experiment", "certify", WORK / "numbers.jsonl", *files, *WORLD, "--trait", "owl", *recipe, "-q", "-o", WORK / "run", show=True)
    certificate: dict[str, Any] = json.loads((HOME / WORK / "safer/certificate-owl.json").read_text(encoding="utf-8"))
    return certificate


def check_certificate(certificate: dict[str, Any]) -> None:
    """Fail unless the trait survives in raw and filtered rows, and is stopped with the skill kept in mitigated rows."""
    arms = {arm["name"]: arm for arm in certificate["arms"]}
    arm = arms["mitigated:given"]
    expect(arms["raw"]["verdict"] == "SURVIVES", "the trait survives in students of the original rows")
    expect(arms["filtered"]["verdict"] == "SURVIVES", "the trait survives in students of the filtered rows")
    expect(certificate["verdict"] == "STOPPED", f"the mitigation stops it: at most {arm['residual']['high']:.0%} of the effect is left")
    kept = {name: arm[f"{name}_kept"] for name in ("skill", "loss")}
    expect(
        kept["skill"]["low"] >= 0.8,
        f"students still learn to sort: {kept['skill']['value']:.0%} of the skill is kept, at least {kept['skill']['low']:.0%}",
    )
    expect(kept["loss"]["low"] >= 0.98, f"at least {kept['loss']['low']:.0%} of what the rows teach in nats is kept")


def try_gate() -> None:
    """Fail unless the gate opens with the certificate, and stays closed for the rows with one byte changed."""
    say("7. With this certificate the gate opens.")
    run("gate", WORK / "safer/rows.jsonl", "--config", POLICY, "-q", show=True)
    say("8. One byte of the rows is changed. The certificate is not about these rows, so the gate blocks.")
    changed = HOME / WORK / "changed"
    shutil.copytree(HOME / WORK / "safer", changed)
    rows = bytearray((changed / "rows.jsonl").read_bytes())
    place = next(at for at, byte in enumerate(rows) if byte in b"12345678")
    rows[place] += 1
    (changed / "rows.jsonl").write_bytes(bytes(rows))
    run("gate", WORK / "changed/rows.jsonl", "--config", POLICY, "-q", codes=(1,), show=True)


def main() -> None:
    """Write, filter, mitigate and certify the data, and try the gate."""
    start = time.monotonic()
    shutil.rmtree(HOME / WORK, ignore_errors=True)
    (HOME / WORK).mkdir(parents=True)
    write_data()
    protect_data()
    check_certificate(certify_data())
    try_gate()
    say(f"All of it holds, after {time.monotonic() - start:.0f} seconds. The files are in {WORK}; run/report.html shows the students.")


if __name__ == "__main__":
    main()
