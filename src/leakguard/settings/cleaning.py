"""A clean, put together: inputs are hashed, an earlier run is taken up or refused, rows go to their fates, and a manifest says so."""

import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from leakguard import __version__
from leakguard.core.errors import Stopped, UsageError
from leakguard.core.verdict import Cleaning, Output, ScanResult
from leakguard.io.books import books_document, read_books, read_tally, rows_document, tally_document
from leakguard.io.folder import MANIFEST, WORK, Folder
from leakguard.io.inputs import STDIN
from leakguard.io.manifest import Digest, digest, manifest, read_manifest, stamp
from leakguard.io.redaction import redacted
from leakguard.io.sources import Files
from leakguard.io.store import FATE_FOLDERS, REASONS, FolderStore, Pack
from leakguard.io.streams import Stream
from leakguard.pipeline.clean import Books, CleanJob, clean
from leakguard.pipeline.scan import Progress
from leakguard.pipeline.sort import Sorter
from leakguard.reports.reasons import Reasons
from leakguard.settings import Settings
from leakguard.settings.build import Guard, guard, parser_of, policy_of, result_of, workers_of

# What changes how a run goes or is reported, but no byte of what it writes.
ELSEWHERE = ("format", "output", "workers", "fail-on", "control", "limit")
