"""The folder of a mitigation: an earlier result is kept until the new one is complete, and one run at a time writes to a folder."""

import os
from dataclasses import replace

import pytest

from leakguard.core.errors import Stopped, UsageError
from leakguard.core.example import Example
from leakguard.core.gate import GatedFile
from leakguard.core.mitigated_data import MitigatedCounts, MitigatedData
from leakguard.jobs import mitigated_folder
from leakguard.jobs.mitigated_folder import hold_folder, write_folder

RESULT = MitigatedData("anchors", {}, MitigatedCounts(1, 0, 1), (GatedFile("data.jsonl", "a" * 64, 1),))
ROW = Example("Which colour?", "red")


def write(folder, text):
    """Write a result whose rows have this text as a system prompt."""
    with hold_folder(folder, overwrite=True):
        return write_folder(RESULT, {"rows.jsonl": [replace(ROW, system=text)], "added.jsonl": [ROW] if text == "new" else []}, folder)


def read(folder):
    """Return the content of each file in a folder, by name."""
    return {path.name: path.read_text() if path.is_file() else "" for path in folder.iterdir()}


@pytest.mark.parametrize("killed", [False, True])
@pytest.mark.parametrize("step", range(11))
def test_a_failure_at_any_step_keeps_the_earlier_result(tmp_path, monkeypatch, step, killed):
    """At once, or, where the process was killed, when the folder is used again; the certificates are kept too."""
    out = tmp_path / "out"
    write(out, "old")
    (out / "certificate-owl.json").write_text("about the old rows")
    before, moves = read(out), []
    # Three files are written, then three are moved away, their folder is renamed, and the new ones are moved to their places.

    def move(source, target, really=os.replace):
        moves.append(source)
        if len(moves) == step + 1 or (killed and len(moves) > step):
            raise OSError("the disk is gone")
        return really(source, target)

    with monkeypatch.context() as failing:
        failing.setattr(mitigated_folder.os, "replace", move)
        if step < 10:
            with pytest.raises(Stopped, match="the earlier result is kept"):
                write(out, "new")
        else:
            write(out, "new")
    if killed and 3 < step < 10:
        assert read(out) != before
        with pytest.raises(UsageError, match="holds the result of another run"), hold_folder(out, overwrite=False):
            pass
    assert (read(out) == before) == (step < 10)
    assert {*read(out)} == ({"rows.jsonl", "added.jsonl", "manifest.json"} if step == 10 else {*before})
