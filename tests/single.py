"""The environment of a program that shall use one thread, so that its sums come in one order."""

import os


def environment():
    return {**os.environ, "OMP_NUM_THREADS": "1"}
