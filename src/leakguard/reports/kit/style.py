"""How a report is to look."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Style:
    """How a report looks: `redact` empty means the format's own default; `width` and `color` matter to a terminal only.

    `root` is the folder from which annotations, SARIF and Markdown name files; empty leaves names as they are. `again` are the
    paths and options of a gate as shell words, for the commands of the next steps.
    """

    redact: str = ""
    verbose: bool = False
    color: bool = False
    width: int = 120
    root: str = ""
    again: str = ""
