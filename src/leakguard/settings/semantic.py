"""The options of the semantic search, which `Settings` inherits after those of the leak test."""

from dataclasses import dataclass
from typing import get_args

from leakguard.core.similarity import Depth
from leakguard.settings import values as read
from leakguard.settings.leak_test import LeakTestSettings
from leakguard.settings.option import CLEAN, Group, option
from leakguard.settings.paths import anchor_file, anchor_model

SEMANTIC = Group("Semantic search (`semantic`)", ("scan", "clean", "gate", "baseline", "review"))
DEFAULT_DEPTH: Depth = "words"


@dataclass(frozen=True, slots=True)
class SemanticSettings(LeakTestSettings):
    """The options of a search by meaning. They follow the options of the leak test, because a class with slots has one base."""

    semantic: bool = option(False, read.SWITCH, SEMANTIC, "Also search by meaning with embeddings (extra: semantic).", page="semantic.md")
    semantic_model: str | None = option(
        None,
        read.TEXT,
        SEMANTIC,
        "With `semantic`: another sentence-transformers model.",
        default_text="all-MiniLM-L6-v2",
        metavar="FOLDER|ID",
        anchor=anchor_model,
    )
    semantic_download: bool = option(False, read.SWITCH, SEMANTIC, "Download the model if it is not on this machine.", decides=(CLEAN,))
    semantic_depth: str = option(
        DEFAULT_DEPTH,
        read.choice(*get_args(Depth)),
        SEMANTIC,
        "How each text is read: words (word pieces alone), cascade (by the model where these score high) or full.",
    )
    fpr: float | None = option(
        None, read.RATE, SEMANTIC, "With `semantic`: share of harmless control texts that may be flagged.", default_text="0.05"
    )
    scores: str | None = option(
        None,
        read.TEXT,
        SEMANTIC,
        "With `semantic`: write the scores of every row to this file.",
        metavar="FILE",
        commands=("scan",),
        anchor=anchor_file,
        writes=True,
        decides=(CLEAN,),
    )
