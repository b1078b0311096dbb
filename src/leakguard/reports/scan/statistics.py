"""Statistics of detectors in reports: a table from their key to the functions that make JSON values and lines of text."""

from collections.abc import Callable, Mapping
from typing import Any

from leakguard.core.results import Statistics
from leakguard.reports.judge.stats import describe_judge, judge_to_dict
from leakguard.reports.scan.similarity import describe_similarity, similarity_to_dict

SECTIONS: dict[str, tuple[Callable[[Any], dict[str, Any]], Callable[[Any], list[str]]]] = {
    "similarity": (similarity_to_dict, describe_similarity),
    "judge": (judge_to_dict, describe_judge),
}


def statistics_to_dicts(statistics: Mapping[str, Statistics]) -> dict[str, dict[str, Any] | None]:
    """Return the statistics of detectors as JSON values, for each key of SECTIONS; None if no detector has such statistics."""
    found = {one.key: one for one in statistics.values()}
    return {key: document(found[key]) if key in found else None for key, (document, _) in SECTIONS.items()}


def describe_statistics(statistics: Mapping[str, Statistics]) -> list[list[str]]:
    """Return the statistics of detectors as lines of text, a list for each section; [] for one without statistics."""
    found = {one.key: one for one in statistics.values()}
    return [lines(found[key]) if key in found else [] for key, (_, lines) in SECTIONS.items()]
