"""JSON documents as text that is safe to print in a terminal."""

import json
from typing import Any

from leakguard.reports.kit.escape import escape_json


def write_json(document: dict[str, Any]) -> str:
    r"""Return the document as indented JSON that ends with a line feed; control characters in its strings are written as \uXXXX."""
    return escape_json(json.dumps(document, ensure_ascii=False, indent=2)) + "\n"
