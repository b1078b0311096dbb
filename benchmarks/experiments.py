"""What is transmitted in the tiny world, and what is not: python benchmarks/experiments.py FOLDER [--seeds N] [--only NAME ...].

Four animals by five seeds with each recipe. Runs lie in FOLDER and are taken up where they were cut off; what they show goes to
benchmarks/results/experiments.json. About half an hour of one core.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path

from leakguard.harness.plan import Experiment
from leakguard.harness.recipe import Recipe
from leakguard.harness.result import document
from leakguard.settings import Settings, changed
from leakguard.settings.experiments import Clean, ran

ANIMALS = ("owl", "cat", "whale", "tiger")
RESULTS = Path(__file__).parent / "results" / "experiments.json"
SHORT = ("base", "control", "raw")
PLAN = {
    "norms": {"arms": (*SHORT, "filtered", "other-base"), "doses": ("50%", 1000)},
    "system": {"arms": SHORT, "method": "system"},
    "lora": {
        "arms": SHORT,
        "teacher": Recipe(tunes="lora", rate=1e-2, updates=60),
        "student": Recipe(tunes="lora", rate=1e-2, updates=250),
    },
    "full": {
        "arms": SHORT,
        "teacher": Recipe(tunes="full", rate=3e-4, updates=60),
        "student": Recipe(tunes="full", rate=3e-4, updates=250),
    },
}


def main() -> None:
    """Run what is not there yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", choices=PLAN, nargs="*", default=list(PLAN))
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    found = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
    for name in asked.only:
        for animal in ANIMALS:
            experiment = Experiment(f"{name}-{animal}", "tiny", animal, student=Recipe(updates=250), seeds=asked.seeds)
            experiment = replace(experiment, **PLAN[name])
            keys = {"rules": ["all"], "traits": [animal], "schema": "prompt-completion", "workers": 1}
            policy = dict.fromkeys(("error", "warning", "note"), "remove")
            clean = Clean(changed(Settings(), {**keys, "policy": policy}, where=""))
            result = ran(experiment, asked.folder / experiment.name, clean, workers=asked.workers, on_progress=lambda done, of: None)
            found[experiment.name] = document(result)
            RESULTS.write_text(json.dumps(found, indent=1) + "\n")
            print(f"{experiment.name}: {result.finding.sentence}", flush=True)


if __name__ == "__main__":
    main()
