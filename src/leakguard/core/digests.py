"""Digests of JSON documents that leakguard writes. A digest detects damage and edits; it is not a signature."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def content_digest(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a JSON document without its member "digest", independent of key order and white space in the file."""
    plain = json.dumps({key: value for key, value in content.items() if key != "digest"}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
