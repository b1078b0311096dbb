"""A plugin for detect-secrets that finds the listed literals."""

import re
from collections.abc import Iterable

from detect_secrets.plugins.base import RegexBasedDetector


class Listed(RegexBasedDetector):
    """Report every match of one expression as a secret."""

    secret_type = "Listed"
    denylist: Iterable[re.Pattern[str]] = ()

    def __init__(self, expression: str) -> None:
        self.denylist = (re.compile(expression),)
