"""Leak tests: two datasets in, a result with effect, interval and p-value out."""
