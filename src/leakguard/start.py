"""Start the command line; if another project's package was installed over this one, say so and exit with 2.

This module imports only collision.py at its top, so that it can report the collision whatever happened to the rest.
"""

import sys
from typing import NoReturn

from leakguard.collision import find_overlay

_USAGE = 2


def main() -> NoReturn:
    """Run the command line of this process. Where another project's modules stand in its way, say so and exit with 2."""
    try:
        from leakguard.cli import main as start
    except (ImportError, AttributeError):
        said = find_overlay(search=True)
        if not said:
            raise
        print(f"leakguard: {said}", file=sys.stderr)
        sys.exit(_USAGE)
    start()
