"""An audit as a JSON document, which a gate can require and `leakguard report` reads."""

from leakguard.core.dataset_audit import DatasetAudit
from leakguard.documents.audit import audit_to_dict
from leakguard.reports.audit.conclusion import conclude, suggest_steps
from leakguard.reports.kit.json_text import write_json
from leakguard.reports.kit.steps import join_steps
from leakguard.reports.kit.style import Style


def render(audit: DatasetAudit, style: Style) -> str:
    """Return the document, with the hashes of all files and a digest over everything else in it."""
    return write_json(audit_to_dict(audit, {"closing": conclude(audit), "next": join_steps(suggest_steps(audit, style.again))}))
