"""Options of a report's appearance."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Style:
    """Appearance of a report. `redact` is none, mask or hash ("": the default of the format); `width` and `color` are for text.

    File names are shown relative to the folder `root` ("": unchanged). `again` contains the paths and options of a gate as shell
    words, for the commands of the next steps. `notes`: findings of severity note are listed, not only counted with examples. `date`:
    the day on which a web page is written, as it is shown there ("": none, so that its bytes depend on the result alone).
    """

    redact: str = ""
    verbose: bool = False
    color: bool = False
    width: int = 120
    root: str = ""
    again: str = ""
    notes: bool = False
    date: str = ""
