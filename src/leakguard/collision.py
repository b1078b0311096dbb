"""Detect another project's package that was installed over this one.

The package on the index is called leakguard-data, because `leakguard` belongs to another project that installs its modules into a folder
of the same name. If both are installed, files of one replace files of the other. This module imports nothing of leakguard, so that it can
report the collision whatever happened to the rest.
"""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import Distribution

NAME, OTHER = "leakguard-data", "leakguard"
OVERLAID = (
    f"the package {OTHER!r} of another project is installed over {NAME}, and both use the folder {OTHER}: "
    f"pip uninstall {OTHER}, then pip install --force-reinstall --no-deps {NAME}"
)


def find_overlay(*, search: bool = False) -> str:
    """Return a message, with a remedy, if another project's modules were installed into this package; else "".

    That is so if the `__init__` of the folder is not that of leakguard. With `search` the installed distributions are examined as well,
    which takes longer and is meant for after an error.
    """
    package = sys.modules.get(__name__.partition(".")[0])
    if getattr(package, "DISTRIBUTION", None) != NAME:
        return OVERLAID
    if not search:
        return ""
    # Imported here because it takes longer than everything else that `--version` needs.
    from importlib.metadata import distributions

    return OVERLAID if any(map(_lies_here, distributions(name=OTHER))) else ""


def _lies_here(other: "Distribution") -> bool:
    """Return whether a distribution has installed modules into this folder; an editable installation installs none."""
    from pathlib import Path

    here, there = Path(__file__).resolve().parent, Path(str(other.locate_file(OTHER))).resolve()
    return here == there and any(file.parts[0] == OTHER and file.suffix == ".py" for file in other.files or ())
