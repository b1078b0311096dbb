"""Files that are changed at chosen moments of a run in this process: whenever they are opened, and between blocks of rows."""

import os
import sys
from contextlib import contextmanager

_ACTIVE = []


def _watch(event, args):
    if _ACTIVE and event == "open" and isinstance(args[0], str | bytes | os.PathLike):
        _ACTIVE[-1].opened(os.fspath(args[0]))


sys.addaudithook(_watch)


class Swap:
    """Puts `other` in the place of a file's content before moment number `at`, and what was there back before moment `back`.

    A moment is an opening of the file, or a call of `progress`. Times are put back as well.
    """

    def __init__(self, path, other, at, back, put):
        self.path, self.own, self.other = str(path), path.read_bytes(), other
        self.at, self.back, self.put = at, back, put
        self.stat = os.stat(path)
        self.moments = 0
        self.busy = False

    def opened(self, name):
        if not self.busy and os.fsdecode(name) == self.path:
            self.moment()

    def progress(self, *_):
        self.moment()

    def moment(self):
        number, self.moments = self.moments, self.moments + 1
        self.busy = True
        if number == self.at:
            self.put(self.path, self.other)
        elif number == self.back:
            self.put(self.path, self.own)
        if number in (self.at, self.back):
            os.utime(self.path, ns=(self.stat.st_atime_ns, self.stat.st_mtime_ns))
        self.busy = False


@contextmanager
def swapped(path, other, at, back, put):
    """A Swap that is at work inside; afterwards the file is what it was."""
    swap = Swap(path, other, at, back, put)
    _ACTIVE.append(swap)
    try:
        yield swap
    finally:
        _ACTIVE.pop()
        if path.read_bytes() != swap.own:
            path.write_bytes(swap.own)


def in_place(path, data):
    """The same file with another content, longer or shorter."""
    with open(path, "r+b") as file:
        file.write(data)
        file.truncate()


def renamed(path, data):
    """Another file under the same name."""
    with open(f"{path}.new", "wb") as file:
        file.write(data)
    os.replace(f"{path}.new", path)


def mapped(path, data):
    """Written through a memory map, as far as the file is long."""
    import mmap

    os.truncate(path, len(data))
    with open(path, "r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
        memory[:] = data
