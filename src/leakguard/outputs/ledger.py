"""The ledger of a clean on a cluster: a file with a line for each finished shard, by which an interrupted run is continued.

Each line has an HMAC under the user's key, as checkpoints have; a line that was cut off or forged is left out, and its shard read again.
"""

import hmac
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from leakguard.core.policy import Fate
from leakguard.core.tasks import PartSlice, Piece
from leakguard.outputs.checkpoint import MAC, sign_state
from leakguard.outputs.row_counts import read_totals, totals_to_dict
from leakguard.pipeline.clean import Cleaned, CleanTotals, Extent
from leakguard.pipeline.executor.ray import ShardResult
from leakguard.readers.files.regular_files import create_regular, open_regular

LEDGER = "ledger.jsonl"


class ShardLedger:
    """The finished shards of a clean into `place`. The file and the part files of the shards are in `folder`, which is created.

    Without a secret nothing is kept.
    """

    def __init__(self, folder: Path, place: Path, secret: bytes | None) -> None:
        self._folder, self._place, self._secret = folder, place, secret
        folder.mkdir(mode=0o700, exist_ok=True)
        self._known: dict[tuple[int, str], dict[str, Any]] = {}
        with suppress(FileNotFoundError), open_regular(folder / LEDGER) as lines:
            for line in lines:
                self._read(line)

    def find(self, number: int, file: str) -> ShardResult[Cleaned] | None:
        """Return the result of a shard of an earlier run, or None."""
        if (said := self._known.get((number, file))) is None:
            return None
        parts = tuple(_read_cleaned(entry, file, self._folder / said["part"]) for entry in said["tasks"])
        return ShardResult(parts, said["bytes"], said["sha256"], said["readings"])

    def add(self, number: int, file: str, result: ShardResult[Cleaned]) -> None:
        """Append the result of a shard to the file. Raises OSError."""
        if self._secret is None:
            return
        slices = [piece for part in result.parts for piece in (*part.rulings, *(one for of in part.pieces.values() for one in of))]
        part = next((piece.path.name for piece in slices if isinstance(piece, PartSlice)), "")
        tasks = [_cleaned_to_dict(part) for part in result.parts]
        said = {"number": number, "file": file, "part": part, "bytes": result.bytes, "sha256": result.sha256, "tasks": tasks}
        said["readings"] = result.readings
        said[MAC] = sign_state(said, self._place, self._secret)
        with create_regular(self._folder / LEDGER, append=(self._folder / LEDGER).exists()) as file_:
            # The line feed comes first, so that a line that was cut off does not spoil the next one.
            file_.write(b"\n" + json.dumps(said).encode())

    def _read(self, line: bytes) -> None:
        """Enter a line that this user's clean into this folder has written."""
        with suppress(ValueError, TypeError, RecursionError):
            said = json.loads(line)
            mac = said.pop(MAC, None) if isinstance(said, dict) else None
            if mac and self._secret and hmac.compare_digest(mac, sign_state(said, self._place, self._secret)):
                self._known[said["number"], said["file"]] = said


def _cleaned_to_dict(part: Cleaned) -> dict[str, Any]:
    """Return the result of a task as a JSON object; its pieces are places in the part file or in the input."""
    totals = CleanTotals()
    totals.add(part)
    pieces = {fate.name: [_place_of(piece) for piece in found] for fate, found in part.pieces.items()}
    return {**totals_to_dict(totals), "pieces": pieces, "rulings": [_place_of(piece) for piece in part.rulings]}


def _read_cleaned(said: Mapping[str, Any], file: str, part: Path) -> Cleaned:
    """Return the result of a task that `_cleaned_to_dict` described."""
    totals = read_totals(said)
    pieces: dict[Fate, list[Piece | Extent]] = {
        Fate[name]: [Extent(file, at, length) if original else PartSlice(part, at, length) for at, length, original in found]
        for name, found in said["pieces"].items()
    }
    rulings = [PartSlice(part, at, length) for at, length, _ in said["rulings"]]
    return Cleaned(file, totals.outcome, totals.files[file], pieces, [*rulings], totals.broken.get(file, ""))


def _place_of(piece: object) -> tuple[int, int, bool]:
    """Return offset and length of a piece, and whether it is a range of the input, not of the part file."""
    assert isinstance(piece, (PartSlice, Extent))
    return (piece.offset, piece.length, True) if isinstance(piece, Extent) else (piece.start, piece.length, False)
