"""The address of a Ray cluster is tried before Ray is, which would ask a wrong one for minutes."""

import pytest

from leakguard.core.errors import UsageError
from leakguard.pipeline.executor.ray import connect
from web_store import WebStore


def test_a_port_of_another_server_is_refused_at_once(monkeypatch):
    """Such as that of the dashboard, which speaks HTTP/1.1."""
    monkeypatch.setattr(pytest.importorskip("ray"), "is_initialized", lambda: False)
    web = WebStore()
    try:
        with pytest.raises(UsageError, match=r"no cluster at 127\.0\.0\.1:[0-9]+ \(what answers there is not Ray"), connect(web.url[7:], 1):
            pass
    finally:
        web.close()
