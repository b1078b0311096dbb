"""Keywords of the Python API, one for each setting. Made from settings/options.py by `make docs`; do not edit."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict


class Keywords(TypedDict, total=False):
    """The settings of a settings file, with _ for -; docs/output.md says what each means."""

    semantic: bool
    semantic_model: str
    semantic_download: bool
    semantic_depth: str
    fpr: float
    scores: str
    rules: Sequence[str]
    traits: Sequence[str]
    preset: str
    select: Sequence[str]
    ignore: Sequence[str]
    schema: str
    field: Sequence[str]
    map: Mapping[str, str | Sequence[str]]
    roles: Sequence[str]
    baseline: str
    fail_on: str
    workers: int
    row_limit: int | str
    unpack_limit: int | str
    ignore_files: Sequence[str]
    follow_links: bool
    redact: str
    engine: str
    duplicates: str
    against: Sequence[str]
    policy: Mapping[str, str]
    replacement: str
    judge_model: str
    judge_base_url: str
    judge_key_env: str
    judge_rubric: Sequence[str]
    judge_only: str
    judge_budget: Mapping[str, float]
    judge_prices: Mapping[str, float]
    judge_concurrency: int
    judge_timeout: int
    judge_cache: str
    judge_certainty: float
    judge_threshold: int
    judge_check: str
    judge_minimum: Mapping[str, float]
    gate: Mapping[str, Any]


class AuditKeywords(Keywords, total=False):
    """The settings of an audit, beside those that decide how rows are read."""

    cluster: str
    alpha: float
    tolerance: float
    rounds: int
    seed: int
    most_rows: int
    panel: Sequence[str]
    panel_model: str
    placebos: int
    logprobs: str
