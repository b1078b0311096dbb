"""The report of a run folder: pictures as files, and one HTML page with them in it."""

from pathlib import Path

from leakguard.core.errors import Stopped
from leakguard.harness.pictures import draw_pictures
from leakguard.harness.result import Result
from leakguard.harness.webpage import render_webpage

REPORT = "report.html"


def write_report(folder: Path, result: Result, *, png: bool = False) -> Path:
    """Write NAME.svg (and NAME.png) for every picture, and report.html; its path. Raises Stopped if the disk fails."""
    drawn = draw_pictures(result)
    files = {f"{name}.svg": picture for name, picture in drawn.items()}
    if png:
        files |= {f"{name}.png": picture for name, picture in draw_pictures(result, "png").items()}
    try:
        for name, data in {**files, REPORT: render_webpage(result, drawn).encode()}.items():
            (folder / name).write_bytes(data)
    except OSError as error:
        raise Stopped(f"{folder}: the report cannot be written: {error.strerror or error}; the scores are kept") from error
    return folder / REPORT
