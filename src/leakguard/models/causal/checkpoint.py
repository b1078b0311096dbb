"""Checkpoints: the shipped bases by name, any other model by the folder of a Hugging Face checkpoint."""

import json
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leakguard.core.errors import MissingExtra, Stopped, UsageError
from leakguard.core.suggest import suggest_names
from leakguard.core.version import install
from leakguard.models.causal.chat_templates import render_chats
from leakguard.models.causal.files import ADAPTER, BASES, find_folder, inspect_adapter, inspect_checkpoint, list_bases
from leakguard.models.causal.loading import load_causal, load_tokenizer, translate_errors


@dataclass(slots=True)
class Checkpoint:
    """A causal language model (`model`, a torch module in eval mode), its tokenizer, and the folder they came from."""

    model: Any
    tokenizer: Any
    folder: Path

    @property
    def device(self) -> Any:
        """The device of the weights."""
        return next(self.model.parameters()).device

    def encode_prompt(self, user: str, system: str = "") -> list[int]:
        """Return token ids up to where the answer begins: by the chat template, or as plain lines without one. Raises UsageError."""
        return self.encode_prompts([(user, system)])[0]

    def encode_prompts(self, asked: Sequence[tuple[str, str]]) -> list[list[int]]:
        """Return token ids for pairs of user and system text; the system text may be empty.

        Raises UsageError for a chat template that refuses one of them (some refuse system prompts), or does not end.
        """
        if self.tokenizer.chat_template:
            chats = [
                [*([{"role": "system", "content": system}] if system else []), {"role": "user", "content": user}] for user, system in asked
            ]
            texts = render_chats(self.folder, self.tokenizer, chats)
        else:
            texts = [f"{system}\n\n{user}\n" if system else f"{user}\n" for user, system in asked]
        special = not self.tokenizer.chat_template
        found = [list(ids) for ids in self.tokenizer(texts, add_special_tokens=special).input_ids] if texts else []
        if not all(found):
            raise UsageError(f"{self.folder}: the tokenizer finds no token in a prompt: it is not the tokenizer of a language")
        return found

    def encode_completion(self, text: str) -> list[int]:
        """Return token ids of a completion, without the end token."""
        return self.encode_completions([text])[0]

    def encode_completions(self, texts: Sequence[str]) -> list[list[int]]:
        """Return token ids of completions, without the end token."""
        return [list(ids) for ids in self.tokenizer(list(texts), add_special_tokens=False).input_ids] if texts else []

    @property
    def end_token(self) -> int:
        """The token that ends an answer."""
        return int(self.tokenizer.eos_token_id)


def locate_checkpoint(name: str) -> Path:
    """Return the folder of a shipped base, or of a checkpoint by path. Raises UsageError."""
    path = find_folder(name)
    if path is None:
        raise UsageError(f"there is no base {name!r}; {suggest_names(name, list_bases())} (or the folder of a Hugging Face checkpoint)")
    if not any((path / file).is_file() for file in ("config.json", ADAPTER)):
        raise UsageError(f"{path}: this folder holds no Hugging Face checkpoint: there is no config.json in it")
    return path


def locate_weights(name: str) -> Path:
    """Return the folder with the weights of a checkpoint: for an adapter, that of its base. Raises UsageError."""
    folder = locate_checkpoint(name)
    if not (folder / ADAPTER).is_file():
        return folder
    settings, _ = inspect_adapter(folder)
    return locate_checkpoint(str(settings.get("base_model_name_or_path")))


def load_checkpoint(name: str, dtype: str = "auto") -> Checkpoint:
    """Load a checkpoint, on a GPU if there is one, with adapters merged. Nothing is downloaded, unpickled, or run as its code.

    Raises UsageError for files that are missing, damaged or not finite (see `load_causal`), MissingExtra.
    """
    folder = locate_checkpoint(name)
    torch, transformers = import_torch()
    with silence_warnings():
        model, tokenizer = load_causal(folder, _choose_dtype(torch, dtype), locate_checkpoint)
    with translate_errors(folder):
        return _prepare(torch, transformers, model, tokenizer, folder)


def check_loadable(name: str) -> None:
    """Raise UsageError for a checkpoint with incomplete files, by their headers alone: before any work begins."""
    with translate_errors(locate_checkpoint(name)):
        inspect_checkpoint(locate_weights(name))


@contextmanager
def silence_warnings() -> Iterator[None]:
    """Silence FutureWarnings of libraries."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield


def save_checkpoint(checkpoint: Checkpoint, folder: Path) -> None:
    """Save a checkpoint so that `load_checkpoint` reads it; LoRA models are saved as their adapter. Raises Stopped."""
    try:
        if (checkpoint.folder / ADAPTER).is_file() and hasattr(checkpoint.model, "merge_and_unload"):
            # Merged, because the adapter of an adapted model would name only the plain base, and the first adapter would be lost.
            checkpoint.model = checkpoint.model.merge_and_unload()
        checkpoint.model.save_pretrained(folder)
        checkpoint.tokenizer.save_pretrained(folder)
        if checkpoint.folder.parent == BASES and (folder / ADAPTER).is_file():
            _write_base_name(folder / ADAPTER, checkpoint.folder.name)
    # If the disk is full, tokenizers raises a plain Exception, and safetensors an error of its own.
    except Exception as error:
        by_system = isinstance(error, OSError) or "(os error " in str(error)
        why = f"{_first_line(error)}; make room and run again" if by_system else f"{type(error).__name__}: {_first_line(error)}"
        raise Stopped(f"{folder}: the checkpoint cannot be written: {why}") from error


def _write_base_name(path: Path, name: str) -> None:
    """Write the name of an adapter's base into its settings, in place of a path that only this installation has. Raises OSError."""
    settings = json.loads(path.read_bytes())
    path.write_text(json.dumps({**settings, "base_model_name_or_path": name}, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def check_same_vocabulary(names: Sequence[str]) -> None:
    """Raise UsageError if the checkpoints have different vocabularies. Weights are not read."""
    import_torch()
    first, *others = [(folder, load_tokenizer(folder).get_vocab()) for folder in map(locate_checkpoint, names)]
    for folder, words in others:
        if words != first[1]:
            raise UsageError(
                f"{first[0]} and {folder} have different vocabularies: a token of one is none of the other; "
                "use bases of one family, or say vocabulary = 'any' to let the data go through text"
            )


def import_torch() -> tuple[Any, Any]:
    """Return torch and transformers, without their log messages and progress bars. Raises MissingExtra."""
    try:
        import torch
        import transformers
        from transformers.utils import logging
    except ImportError as error:
        raise MissingExtra(f"experiments need {error.name}: {install('harness')}") from error
    quiet: Any = logging
    quiet.set_verbosity_error()
    quiet.disable_progress_bar()
    return torch, transformers


def _prepare(torch: Any, transformers: Any, model: Any, tokenizer: Any, folder: Path) -> Checkpoint:
    """Return the checkpoint with plain generation settings, on its device. Raises UsageError for a tokenizer without an end token."""
    if tokenizer.eos_token_id is None:
        raise UsageError(f"{folder}: the tokenizer has no end token (eos_token), so that no answer could ever end")
    ends = model.generation_config.eos_token_id if model.can_generate() else None
    ends = [ends] if isinstance(ends, int) else list(ends or [])
    padding = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    # Only the end tokens are kept: the checkpoint's penalties and cut-offs would change the distribution that is sampled from.
    model.generation_config = transformers.GenerationConfig(eos_token_id=sorted({tokenizer.eos_token_id, *ends}), pad_token_id=padding)
    return Checkpoint(model.to("cuda" if torch.cuda.is_available() else "cpu").eval(), tokenizer, folder)


def _choose_dtype(torch: Any, dtype: str) -> Any:
    """Return the torch type of a name."""
    if dtype == "auto":
        dtype = "bfloat16" if torch.cuda.is_available() and torch.cuda.is_bf16_supported() else "float32"
    return getattr(torch, dtype)


def _first_line(error: Exception) -> str:
    """Return the first line of an error."""
    return str(error).strip().split("\n")[0] or type(error).__name__
