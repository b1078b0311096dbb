"""A plugin for detect-secrets that finds the listed literals."""

import re
from collections.abc import Iterable

from detect_secrets.plugins.base import RegexBasedDetector


class Listed(RegexBasedDetector):
    """Takes every match of one expression for a secret."""

    secret_type = "Listed"
    denylist: Iterable[re.Pattern[str]] = ()

    def __init__(self, expression: str) -> None:
        self.denylist = (re.compile(expression),)
