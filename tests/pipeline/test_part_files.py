"""Output of workers on its way through part files."""

import io
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from leakguard.pipeline.executor import PIECE
from leakguard.pipeline.part_files import PartWriter, release_part, write_piece

SIZES = st.lists(st.sampled_from([0, 1, 100, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE]), max_size=4)


@given(st.lists(SIZES, min_size=1, max_size=4), st.booleans())
def test_what_workers_add_is_what_is_written(tasks, to_file):
    """The bytes of each task arrive whole and in order, in a file or a stream without a file, although files are used again."""
    with TemporaryDirectory() as folder:
        parts, wanted = Path(folder, "parts"), b""
        parts.mkdir()
        with Path(folder, "out").open("w+b") if to_file else io.BytesIO() as sink:
            for number, sizes in enumerate(tasks, 1):
                writer = PartWriter(parts)
                for size in sizes:
                    writer.add(bytes([number]) * size)
                    wanted += bytes([number]) * size
                for piece in writer.close():
                    write_piece(sink, piece)
                    release_part(piece)
            sink.seek(0)
            assert sink.read() == wanted
        assert len(list(parts.iterdir())) <= 1
