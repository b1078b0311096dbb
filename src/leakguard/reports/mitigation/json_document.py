"""A mitigation as a JSON document: its manifest."""

from leakguard.core.mitigated_data import MitigatedData
from leakguard.documents.mitigation import mitigation_to_dict
from leakguard.reports.kit.json_text import write_json
from leakguard.reports.kit.style import Style


def render(result: MitigatedData, style: Style) -> str:
    """Return the document, with the hashes of all files and a digest over everything else in it."""
    return write_json(mitigation_to_dict(result))
