"""The name under which leakguard is installed, and what to type to install a part of it.

The name `leakguard` on the public package index belongs to another project, a scanner for secrets.
"""

DISTRIBUTION = "leakguard-data"
SHADOWED = (
    f"another package is installed over {DISTRIBUTION}: both use the folder 'leakguard'. Remove both (pip uninstall leakguard "
    f"{DISTRIBUTION}), then: pip install {DISTRIBUTION}"
)


def install(extra: str) -> str:
    """The command that installs an extra.

    >>> install("parquet")
    "pip install 'leakguard-data[parquet]'"
    """
    return f"pip install '{DISTRIBUTION}[{extra}]'"
