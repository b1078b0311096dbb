"""The package's version, its name where packages are published, and the guarded start of the command.

The published name is not that of the folder: `leakguard` on the package index belongs to another project, which puts its modules into a
folder of the same name. Where both are installed, one lies over the other. This module imports nothing of leakguard at its top, so
that it can say so whatever became of the rest.
"""

import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from importlib.metadata import Distribution

__version__ = "0.1.0"
NAME, OTHER = "leakguard-data", "leakguard"
OVERLAID = (
    f"the package {OTHER!r} of another project is installed over {NAME}, and both use the folder {OTHER}: "
    f"pip uninstall {OTHER}, then pip install --force-reinstall --no-deps {NAME}"
)
_USAGE = 2


def install(extra: str) -> str:
    """The command that installs an extra, as error messages say it."""
    return f"pip install '{NAME}[{extra}]'"


def overlaid(*, search: bool = False) -> str:
    """A line that says that another project's package lies over this one, and what to do; "" if none does.

    It does if the folder's `__init__` is not ours. With `search`, which takes longer and is for when something else went wrong,
    also if a distribution of that name has put files into the folder.
    """
    package = sys.modules.get(__name__.partition(".")[0])
    if getattr(package, "DISTRIBUTION", None) != NAME:
        return OVERLAID
    if not search:
        return ""
    # Loading this takes longer than all else that `--version` needs.
    from importlib.metadata import distributions

    return OVERLAID if any(map(_lies_here, distributions(name=OTHER))) else ""


def _lies_here(other: "Distribution") -> bool:
    """Whether the distribution has put modules into this very folder; a link to a source tree puts none."""
    from pathlib import Path

    here, there = Path(__file__).resolve().parent, Path(str(other.locate_file(OTHER))).resolve()
    return here == there and any(file.parts[0] == OTHER and file.suffix == ".py" for file in other.files or ())


def main() -> NoReturn:
    """Run the command line of this process. Where another project's modules stand in its way, say so and exit with 2."""
    try:
        from leakguard.cli import main as start
    except (ImportError, AttributeError):
        said = overlaid(search=True)
        if not said:
            raise
        print(f"leakguard: {said}", file=sys.stderr)
        sys.exit(_USAGE)
    start()
