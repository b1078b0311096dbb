"""The options that choose where tasks run: in processes of this machine, or on a Ray cluster."""

import re
from dataclasses import dataclass

from leakguard.settings.option import Group, option
from leakguard.settings.paths import anchor_file
from leakguard.settings.semantic import SemanticSettings
from leakguard.settings.values import TEXT, InvalidValue, Reader

RUNNING = Group("Running", ("scan", "clean", "gate", "baseline", "review"))
LOCAL, RAY = "processes", "ray"
CLIENT = f"{RAY}://"
_ADDRESS = re.compile(r"auto|(\[[0-9A-Fa-f:.]+\]|[\w.-]+):(?P<port>[0-9]{1,5})", re.ASCII)
_LAST_PORT = (1 << 16) - 1


def _read_executor(value: object) -> str:
    """Read the name of an executor, with the address of a cluster behind ray. Raises InvalidValue."""
    # Ray waits for minutes for a cluster at any other address, and its client's connection was never tested. An @ may end a password.
    name, _, address = value.partition(":") if isinstance(value, str) else ("", "", "")
    found = _ADDRESS.fullmatch(address.strip()) if name == RAY else None
    if found and found["port"] and not 0 < int(found["port"]) <= _LAST_PORT:
        # A system would take such a number modulo 65,536, and ask another port.
        raise InvalidValue(f"a port is a number from 1 to {_LAST_PORT}, not {found['port']}")
    if found or value in (LOCAL, RAY):
        return str(value)
    if isinstance(value, str) and (value.startswith(CLIENT) or address.startswith(CLIENT)):
        raise InvalidValue(f"Ray's client ({CLIENT}) is not supported: run this on a machine of the cluster, with {RAY}:auto")
    shown = "" if "@" in str(value) else f", not {value!r}"
    raise InvalidValue(f"expected {LOCAL}, {RAY}, {RAY}:auto or {RAY}:HOST:PORT{shown}")


@dataclass(frozen=True, slots=True)
class ClusterPlan:
    """Which cluster runs the tasks: its address ("": Ray on this machine), and the folder for part files of a scan (None: temporary)."""

    address: str
    folder: str | None


@dataclass(frozen=True, slots=True)
class ClusterSettings(SemanticSettings):
    """The options of executors. They follow those of the semantic search, because a class with slots has one base."""

    executor: str = option(
        LOCAL,
        Reader(_read_executor, "str", metavar=f"{LOCAL}|{RAY}[:ADDRESS]"),
        RUNNING,
        "Run on this machine, or on the Ray cluster at ADDRESS (extra: ray).",
        commands=("scan", "clean", "review"),
        page="scale.md",
        keyword=False,
        decides=(),
    )
    executor_folder: str | None = option(
        None,
        TEXT,
        RUNNING,
        "With `executor` ray: a folder that all machines reach, for parts of the output.",
        default_text="the system's temporary folder",
        metavar="DIR",
        commands=("scan",),
        anchor=anchor_file,
        page="scale.md",
        keyword=False,
        decides=(),
    )


def plan_cluster(settings: ClusterSettings) -> ClusterPlan | None:
    """Return the cluster of a run, None for processes of this machine."""
    name, _, address = settings.executor.partition(":")
    return ClusterPlan(address.strip(), settings.executor_folder) if name == RAY else None
