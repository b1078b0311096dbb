"""A monitor as a JSON document: its state, from which it can continue."""

from leakguard.core.monitor import MonitorRun
from leakguard.documents.monitor import monitor_to_dict
from leakguard.reports.kit.json_text import write_json
from leakguard.reports.kit.style import Style


def render(run: MonitorRun, style: Style) -> str:
    """Return the document."""
    return write_json(monitor_to_dict(run))
