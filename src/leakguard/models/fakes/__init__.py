"""Deterministic models that ship with leakguard, for tests, tutorials and dry runs."""
