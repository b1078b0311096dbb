"""Digests of documents that leakguard writes. A digest shows that a document was damaged or edited; it is no signature."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def content_digest(content: Mapping[str, Any]) -> str:
    """SHA-256 over everything in a document but its own "digest", however the file is laid out."""
    plain = json.dumps({key: value for key, value in content.items() if key != "digest"}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
