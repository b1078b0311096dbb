"""Statistics: intervals, tests, corrections for many tests."""
