"""Run a coverage-guided fuzzer on a target: python tests/fuzzing/drive.py reader|folding SECONDS.

Its corpus is kept in .fuzz/TARGET; a failing case is written beside it. Move such a case to tests/fuzzing/found/TARGET: the suite runs all
cases in there.
"""

import sys
from pathlib import Path

import atheris

HOME = Path(__file__).resolve().parent
ROOT = HOME.parents[1]
LONGEST, SLOWEST, MOST_MIB = 2048, 20, 4096


def main() -> None:
    """Run one target for some seconds."""
    name, seconds = sys.argv[1:]
    sys.path.insert(0, str(HOME.parent))
    with atheris.instrument_imports(include=["leakguard"]):
        import targets
    learned = ROOT / ".fuzz" / name
    learned.mkdir(parents=True, exist_ok=True)
    options = {
        "max_total_time": seconds,
        "max_len": LONGEST,
        "timeout": SLOWEST,
        "rss_limit_mb": MOST_MIB,
        "print_final_stats": 1,
        "artifact_prefix": f"{learned}-",
        "dict": HOME / f"{name}.dict",
    }
    atheris.Setup(
        [sys.argv[0], *(f"-{key}={value}" for key, value in options.items()), str(learned), str(HOME / "found" / name)],
        targets.TARGETS[name],
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
