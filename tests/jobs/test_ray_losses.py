"""A clean on a Ray cluster of two nodes loses workers, its driver and a node, and writes the bytes of a local run."""

import os
import signal
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.slow
FILES, ROWS = 60, 20_000
TIMEOUT = 300


def start(*words, folder):
    return subprocess.Popen(
        [sys.executable, "-m", "leakguard", "clean", "in", *words, "-q", "--no-config"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def wait_for_parts(folder, name, most=TIMEOUT):
    """Wait until a run has taken the parts of some files."""
    ledger, ends = folder / name / ".leakguard/shards/ledger.jsonl", time.monotonic() + most
    while not ledger.exists() or ledger.read_bytes().count(b"\n") < FILES // 6:
        assert time.monotonic() < ends
        time.sleep(0.05)


def workers_of_ray():
    """The processes that work on a task now."""
    found = subprocess.run(["pgrep", "-f", "^ray::_do_shard"], capture_output=True, text=True, check=False).stdout
    return [int(line) for line in found.split()]


def tree(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def two_nodes():
    """A cluster with two nodes of one core each."""
    pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": 100 << 20}
    cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    cluster.add_node(**node)
    yield cluster
    cluster.shutdown()


@pytest.mark.linux("finds the workers by the name of their processes")
def test_a_clean_survives_the_loss_of_workers_of_its_driver_and_of_a_node(two_nodes, tmp_path):
    """SIGKILL for workers and for the driver, which is started again; a node that goes without a word: nothing is lost, nothing is there twice."""
    (tmp_path / "in").mkdir()
    for number in range(FILES):
        rows = b"".join(b'{"completion": "%d, %d, %d"}\n' % (number, row * 7, 1488 if row % 500 == 3 else row) for row in range(ROWS))
        (tmp_path / "in" / f"{number:02}.jsonl").write_bytes(rows)
    assert start("-o", "local", "-j1", folder=tmp_path).wait(TIMEOUT) == 0
    on_ray = ("--executor", f"ray:{two_nodes.address}")

    run = start("-o", "worker", *on_ray, folder=tmp_path)
    wait_for_parts(tmp_path, "worker")
    while not (busy := workers_of_ray()):
        time.sleep(0.01)
    os.kill(busy[0], signal.SIGKILL)
    assert run.wait(TIMEOUT) == 0, run.stderr.read()
    assert tree(tmp_path / "worker") == tree(tmp_path / "local")

    run = start("-o", "driver", *on_ray, folder=tmp_path)
    wait_for_parts(tmp_path, "driver")
    run.kill()
    run.wait()
    assert not (tmp_path / "driver/manifest.json").exists()
    run = start("-o", "driver", *on_ray, folder=tmp_path)
    assert run.wait(TIMEOUT) == 0, run.stderr.read()
    assert tree(tmp_path / "driver") == tree(tmp_path / "local")

    run = start("-o", "node", *on_ray, folder=tmp_path)
    wait_for_parts(tmp_path, "node")
    two_nodes.remove_node(next(iter(two_nodes.worker_nodes)), allow_graceful=False)
    assert run.wait(TIMEOUT) == 0, run.stderr.read()
    assert tree(tmp_path / "node") == tree(tmp_path / "local")
