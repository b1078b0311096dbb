"""The version of leakguard, its name on the Python Package Index, and the command that installs an extra of it."""

import functools
from collections.abc import Mapping
from typing import Any

__version__ = "0.2.0"
NAME = "leakguard-data"


def install(extra: str) -> str:
    """Return the command that installs an optional extra into this installation, for error messages."""
    return format_install(extra, _read_source())


def format_install(extra: str, source: Mapping[str, Any]) -> str:
    """Return the command that installs an extra from where the installation came from, a table of PEP 610 (empty for an index).

    An index need not hold leakguard, so a clone, a wheel or a repository is named again. No folder of this machine is named, because
    some messages are kept in reports.

    >>> format_install("judge", {"url": "file:///wheels/leakguard_data-0.2.0-py3-none-any.whl", "archive_info": {}})
    "pip install 'leakguard_data-0.2.0-py3-none-any.whl[judge]'"
    """
    url = source.get("url", "")
    if "dir_info" in source:
        return f"pip install {'-e ' if source['dir_info'].get('editable') else ''}'.[{extra}]' (in the clone of leakguard)"
    if "archive_info" in source and url.startswith("file:"):
        return f"pip install '{url.rpartition('/')[2]}[{extra}]'"
    if "vcs_info" in source:
        url = f"{source['vcs_info']['vcs']}+{url}"
    return f"pip install '{NAME}[{extra}]{' @ ' if url else ''}{url}'"


@functools.cache
def _read_source() -> Mapping[str, Any]:
    """Return where pip installed this distribution from (`direct_url.json`, PEP 610), or an empty table for an index."""
    # Imported here, because a start of the command line needs neither.
    import json
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        source: dict[str, Any] = json.loads(distribution(NAME).read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        return {}
    return source
