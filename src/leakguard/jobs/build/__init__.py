"""Builders that turn settings into detectors, judges, models and readers."""
