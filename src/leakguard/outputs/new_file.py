"""Write a new file in one step: it has all of its content when it appears, and never replaces another one."""

import os
from pathlib import Path


def create_whole(path: Path, content: bytes) -> None:
    """Write content to a file that does not exist yet. Raises OSError, also if it exists.

    The content is written under another name in the same folder first. A hard link gives it its name, which fails if the name is taken.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    draft.unlink(missing_ok=True)
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
