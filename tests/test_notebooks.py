"""The notebooks of examples/notebooks and the page docs/python.md: everything in them runs and gives what is shown."""

import doctest
import importlib.util
import json
import re
import shutil
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((HOME / "examples/notebooks").glob("*.ipynb"))
SPEC = importlib.util.spec_from_file_location("execute", HOME / "examples/notebooks/execute.py")
execute = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(execute)


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """The examples, in a folder of their own."""
    shutil.copytree(HOME / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_shows_what_its_cells_give(path, clone, monkeypatch):
    """Each cell is run, in order, and has the outputs that are kept in the file."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    monkeypatch.chdir(clone / "examples/notebooks")
    cells = execute.list_code(notebook)
    assert execute.run_cells(cells, {}) == [cell["outputs"] for cell in cells]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_one_that_jupyter_reads(path):
    """Format 4.5: cells with unique ids, sources, and code cells numbered in order; no machine's paths."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5) and notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
    code = execute.list_code(notebook)
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1)) and notebook["cells"][0]["cell_type"] == "markdown"
    assert not re.search(r"/tmp/|/home/|/work/|/root/", path.read_text(encoding="utf-8"))


def test_the_page_on_python_gives_what_it_shows(clone):
    """Every block of docs/python.md, one after the other; `...` leaves out a part."""
    blocks = re.findall(r"^```pycon\n(.*?)^```", (HOME / "docs/python.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "docs/python.md", "docs/python.md", 0)
    said = []
    failed = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL).run(test, out=said.append)
    assert failed.attempted > 10 and not failed.failed, "".join(said)
