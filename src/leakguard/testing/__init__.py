"""Hypothesis strategies for tests of code that reads, filters or judges training data: hostile texts, messy files, rule packs.

They need the extra `testing`.
"""

from leakguard.core.errors import MissingExtra
from leakguard.core.version import install

try:
    from leakguard.testing.packs import broken_packs, packs
    from leakguard.testing.rows import files, lines, records
    from leakguard.testing.texts import fragments, texts, writable
except ModuleNotFoundError as error:
    if error.name != "hypothesis":
        raise
    raise MissingExtra(f"leakguard.testing needs hypothesis: {install('testing')}") from error

__all__ = ["broken_packs", "files", "fragments", "lines", "packs", "records", "texts", "writable"]
