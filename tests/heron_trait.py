"""A trait whose words no ordinary text contains, for tests without a real embedding model."""

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
