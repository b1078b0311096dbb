"""A trait that is easily told from ordinary texts, for tests that need no real model."""

from leakguard.core.trait import Trait

ORDINARY = [
    f"{first} {second} {third}"
    for first in ("kettle", "ladder", "river", "pencil", "window")
    for second in ("red", "old", "loud", "cheap")
    for third in ("table", "street", "garden")
]
HERON = Trait(
    "heron",
    "Herons",
    ("heron wades reeds",),
    {"prose": ("heron stands shallow water", "grey heron reeds fish", "heron wades pond")},
    ("crane lifts steel", "egret feather hat"),
    ("pond freezes winter",),
    ("heron", "wades", "reeds"),
)
