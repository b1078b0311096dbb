"""Start the command line; report another project's package that was installed over this one, and exit with 2.

This module imports only collision.py at its top, so that it can report the collision whatever happened to the rest.
"""

import sys
from typing import NoReturn

from leakguard.collision import find_overlay

_USAGE = 2


def main() -> NoReturn:
    """Run the command line of this process. If another project's modules have replaced its modules, report that and exit with 2."""
    try:
        from leakguard.cli import main as start
    except (ImportError, AttributeError):
        overlay = find_overlay(search=True)
        if not overlay:
            raise
        print(f"leakguard: {overlay}", file=sys.stderr)
        sys.exit(_USAGE)
    start()
