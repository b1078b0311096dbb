"""Statistics of detectors in reports: a table from their key to the import of the functions that make JSON values and lines of text."""

from collections.abc import Callable, Mapping
from typing import Any

from leakguard.core.results import Statistics

_Section = tuple[Callable[[Any], dict[str, Any]], Callable[[Any], list[str]]]


def _import_similarity() -> _Section:
    """Return the functions for the statistics of the semantic search."""
    from leakguard.reports.scan.similarity import describe_similarity, similarity_to_dict

    return similarity_to_dict, describe_similarity


def _import_judge() -> _Section:
    """Return the functions for the statistics of a judge."""
    from leakguard.reports.judge.stats import describe_judge, judge_to_dict

    return judge_to_dict, describe_judge


SECTIONS: dict[str, Callable[[], _Section]] = {"similarity": _import_similarity, "judge": _import_judge}


def statistics_to_dicts(statistics: Mapping[str, Statistics]) -> dict[str, dict[str, Any] | None]:
    """Return the statistics of detectors as JSON values, for each key of SECTIONS; None if no detector has such statistics."""
    found = {one.key: one for one in statistics.values()}
    return {key: section()[0](found[key]) if key in found else None for key, section in SECTIONS.items()}


def describe_statistics(statistics: Mapping[str, Statistics]) -> list[list[str]]:
    """Return the statistics of detectors as lines of text, a list for each section; [] for one without statistics."""
    found = {one.key: one for one in statistics.values()}
    return [section()[1](found[key]) if key in found else [] for key, section in SECTIONS.items()]
