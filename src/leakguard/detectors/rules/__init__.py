"""The rules detector: finds listed numbers, words and patterns in whole batches of texts, in every spelling."""

from leakguard.detectors.rules.detector import RulesDetector

__all__ = ["RulesDetector"]
