"""Linear algebra in one thread: the threads of small products wait for each other, and worker processes already use all cores."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec


@contextmanager
def use_one_thread() -> Iterator[None]:
    """Context manager in which numpy computes in one thread, if threadpoolctl is installed."""
    if not find_spec("threadpoolctl"):
        yield
        return
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        yield
