"""Settings of a run: the table of options, and their values from a settings file, the command line or Python."""

from leakguard.settings.options import OPTIONS, Settings
from leakguard.settings.override import override
from leakguard.settings.plan import Plan, resolve
from leakguard.settings.values import WHOLE_ROWS

__all__ = ["OPTIONS", "WHOLE_ROWS", "Plan", "Settings", "override", "resolve"]
