"""The version of leakguard, and its name on the Python Package Index."""

__version__ = "0.2.0"
NAME = "leakguard-data"


def install(extra: str) -> str:
    """Return the command that installs an optional extra, for error messages.

    >>> install("judge")
    "pip install 'leakguard-data[judge]'"
    """
    return f"pip install '{NAME}[{extra}]'"
