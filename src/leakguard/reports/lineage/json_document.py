"""A lineage as its JSON document."""

from leakguard.core.lineage import Lineage
from leakguard.documents.lineage import lineage_to_dict
from leakguard.reports.kit.json_text import write_json
from leakguard.reports.kit.style import Style


def render(result: Lineage, style: Style) -> str:
    """Return the document, with a digest over everything else in it."""
    return write_json(lineage_to_dict(result))
