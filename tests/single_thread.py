"""The environment of a program that uses one thread, so that floating-point sums are computed in the same order each time."""

import os


def single_thread_environment():
    """Return the current environment with one OpenMP thread."""
    return {**os.environ, "OMP_NUM_THREADS": "1"}
