"""Files for monitors: lists of numbers as JSON Lines, whose rows come from the random process of audit_rows."""

import json
from functools import cache

import numpy as np

from audit_rows import number_rows


@cache
def number_lines(count, seed, tilt=0.0, **columns):
    """The lines of so many rows, as bytes; further columns have one value."""
    rows = number_rows(count, np.random.default_rng(seed), tilt=tilt)
    pairs = zip(rows.prompts, rows.completions, strict=True)
    lines = [{**columns, "prompt": prompt, "completion": completion} for prompt, completion in pairs]
    return tuple(json.dumps(line).encode() + b"\n" for line in lines)
