"""Mitigations: suspect rows and evidence in, rows that pass less of a trait out."""
