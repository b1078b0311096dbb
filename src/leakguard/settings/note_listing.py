"""The option that lists notes in reports, which `Settings` inherits."""

from dataclasses import dataclass

from leakguard.settings import values as read
from leakguard.settings.option import Group, option


@dataclass(frozen=True, slots=True)
class NoteListing:
    """How reports for people show findings of severity note. A stream of findings has all of them."""

    notes: bool = option(
        False,
        read.SWITCH,
        Group("Output", ("scan", "clean", "review")),
        "List findings of severity note in reports, which else count them by rule with examples (table, html, markdown).",
        decides=(),
        keyword=False,
    )
