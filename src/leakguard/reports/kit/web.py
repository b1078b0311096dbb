"""Render web pages, each one file that needs no network, with shared templates, style, content policy and bars."""

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from math import floor, log10
from typing import TYPE_CHECKING, Any

from leakguard.core.version import __version__
from leakguard.reports.kit.escape import escape_text
from leakguard.reports.kit.steps import Step
from leakguard.reports.kit.wording import format_percent, printable_name, shorten
from leakguard.stats.intervals import Interval

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

TEMPLATES, STYLE, TEXT = "templates", "page.css", 300


@dataclass(frozen=True, slots=True)
class Head:
    """The top of a page: a heading, the caveat of the result, urgent lines, and next steps.

    `state` colours the heading: quiet, found or incomplete. `about` says what the result is about, `date` when the page was written.
    """

    heading: str
    caveat: str
    state: str = "quiet"
    urgent: Sequence[str] = ()
    steps: Sequence[Step] = ()
    about: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A share of rows drawn between 0 and 100: its length, its interval, and the control's share (None without a control)."""

    length: float
    low: float
    high: float
    control: float | None


def render_page(template: str, head: Head, values: Mapping[str, Any], *, script: str = "", style: str = "", alone: bool = True) -> str:
    """Return the page that a template in `templates/` makes of these values.

    Every value is escaped, unless it was marked by `trust`. `script` names a file in `templates/`, `style` one with rules that this
    page needs beside page.css; the page's content policy allows that script and these styles, nothing else, and no request. A page that
    is not `alone` is shown by another one, which brings style, script and policy.
    """
    rules, code = read_template(STYLE) + (read_template(style) if style else ""), read_template(script) if script else ""
    scripts = f"script-src {_hash(code)}; " if code else ""
    policy = f"default-src 'none'; style-src {_hash(rules)}; {scripts}base-uri 'none'; form-action 'none'"
    page = _environment().get_template(template)
    own: dict[str, Any] = {"head": head, "version": __version__}
    own |= {"style": trust(rules), "script": trust(code), "policy": policy} if alone else {"style": "", "script": "", "policy": ""}
    return page.render({**values, **own})


def trust(text: str) -> "Markup":
    """Mark a text of leakguard's own (style, script, drawing) as markup that is not escaped. Must not be used for text from data."""
    from markupsafe import Markup

    return Markup(text)


def make_bar(share: float, interval: Interval, control: float | None, end: float) -> Bar:
    """Return the bar of a share on a scale from 0 to `end`."""

    def place(value: float) -> float:
        return round(100 * min(1.0, value / end), 2)

    return Bar(place(share), place(interval.low), place(interval.high), None if control is None else place(control))


def choose_scale(shares: Iterable[float]) -> float:
    """Return the end of the scale for these shares: the next larger 1, 2 or 5 times a power of ten, at most 1."""
    most = max(shares, default=0.0)
    if most <= 0:
        return 1.0
    power: float = 10.0 ** floor(log10(most))
    return min(1.0, next(power * step for step in (1, 2, 5, 10) if most <= power * step * (1 + 1e-9)))


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    # autoescape makes values text of HTML; before that, finalize escapes characters that could hide or reorder text.
    page = Environment(
        loader=PackageLoader(__package__, TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_escape_value,
    )
    page.filters |= {
        "percent": format_percent,
        "file_name": printable_name,
        "short": lambda text: shorten(text, TEXT),
        "number": lambda count: f"{count:,}",
    }
    return page


def _escape_value(value: Any) -> Any:
    """Return a value with its control characters as visible escapes; Jinja escapes markup afterwards."""
    from markupsafe import Markup

    return value if isinstance(value, Markup) else escape_text(str(value))


def read_template(name: str) -> str:
    """Return the text of a file in `templates/`."""
    return files(__package__).joinpath(TEMPLATES, name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
