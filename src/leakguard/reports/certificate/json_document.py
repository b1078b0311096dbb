"""A certificate as its JSON document."""

from leakguard.core.certificate import SurvivalCertificate
from leakguard.documents.certificate import certificate_to_dict
from leakguard.reports.kit.json_text import write_json
from leakguard.reports.kit.style import Style


def render(certificate: SurvivalCertificate, style: Style) -> str:
    """Return the document, with a digest over everything else in it."""
    return write_json(certificate_to_dict(certificate))
