"""Detectors: a batch of texts in, hits and missed texts out. leakguard.jobs.build maps each name to the function that builds it."""

NAMES = ("rules", "keys", "grammar", "semantic", "judge")
"""Names of all detectors, in the order in which they run."""
