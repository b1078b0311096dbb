"""The address of a Ray cluster is tried before Ray is, which would ask a wrong one for minutes."""

from types import SimpleNamespace

import pytest

from leakguard.core.errors import UsageError
from leakguard.jobs.build.cluster import open_cluster
from leakguard.pipeline.executor.ray import connect
from leakguard.settings import Settings, override
from leakguard.settings.plan import resolve
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


@pytest.mark.parametrize(("told", "tls"), [("1", True), ("True", True), ("0", False), ("", False), ("yes", False)])
def test_a_cluster_with_tls_is_not_tried_by_plain_grpc(monkeypatch, told, tls):
    """Its servers would not answer that. The variable is Ray's own, and means here what it means to Ray."""
    ray, web = pytest.importorskip("ray"), WebStore()

    def refuse(*words, **more):
        raise ConnectionError("ray was asked")

    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "init", refuse)
    plan = resolve(override(Settings(), {"executor": f"ray:{web.url[7:]}"}, where=""))
    try:
        with (
            pytest.raises(UsageError, match="ray was asked" if tls else "is not Ray"),
            open_cluster(plan, SimpleNamespace(learners=()), [], {"RAY_USE_TLS": told}),
        ):
            pass
    finally:
        web.close()
