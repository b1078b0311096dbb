"""Loading causal language models from folders: complete or not at all; nothing is downloaded, unpickled or run as their code."""

import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from leakguard.core.errors import LeakguardError, UsageError
from leakguard.models.causal.adapters import attach_adapter
from leakguard.models.causal.files import ADAPTER, count_numbers, inspect_adapter, inspect_checkpoint, inspect_tokenizer
from leakguard.models.causal.tensors import Tensor

# Most modules for each tensor in the file; a layer of GPT-2 has 13 modules and 12 tensors.
BLOCKS_PER_TENSOR, FEW_BLOCKS = 16, 64
# Most numbers in the model for each number in the file: tied weights are created twice, and some buffers (masks, angles) are in no file.
WEIGHTS_PER_NUMBER, FEW_WEIGHTS, BUFFERS = 2, 1 << 16, 1 << 28
# Numbers that are checked at once, so that the check of a large tensor needs little memory.
PIECE = 1 << 24


def load_causal(folder: Path, dtype: Any, find: Callable[[str], Path]) -> tuple[Any, Any]:
    """Return (model, tokenizer) of a checkpoint, or of an adapter merged into its base, on the CPU.

    `dtype` is a torch type, or None for the checkpoint's own; `find` returns the folder of an adapter's base by its name. Raises UsageError
    for tensors that are missing, of another shape, unused, or not finite.
    """
    with translate_errors(folder):
        adapter = inspect_adapter(folder) if (folder / ADAPTER).is_file() else None
        base = find(_read_base_name(folder, adapter[0])) if adapter else folder
        if adapter and (base / ADAPTER).is_file():
            raise UsageError(f"{base}: is an adapter itself, and the adapter {folder} needs a whole model: merge the two first")
        model = _load_weights(base, inspect_checkpoint(base), dtype)
        tokenizer = load_tokenizer(folder)
        if adapter:
            model = _merge(attach_adapter(model, folder, *adapter), folder)
        check_finite(folder, model.state_dict().items())
        _check_vocabulary(folder, model, tokenizer)
        return model, tokenizer


def load_tokenizer(folder: Path) -> Any:
    """Return the tokenizer in a folder. Raises UsageError."""
    from transformers import AutoTokenizer

    with translate_errors(folder):
        inspect_tokenizer(folder)
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        if not tokenizer.is_fast:
            raise UsageError(f"{folder}: the tokenizer is not read from tokenizer.json; save it as a fast tokenizer")
        return tokenizer


@contextmanager
def translate_errors(folder: Path) -> Iterator[None]:
    """Return a context manager that raises UsageError, with a message of one line, for any exception while a checkpoint is read.

    `folder` is the folder of the checkpoint; the message begins with it. Errors of leakguard are passed on as they are.
    """
    try:
        yield
    except LeakguardError:
        raise
    # Four libraries read these files, which are not trusted, and each has its own errors.
    except Exception as error:
        raise UsageError(f"{folder}: the checkpoint cannot be loaded: {type(error).__name__}: {_first_lines(error)}") from error


def check_finite(folder: Path, tensors: Iterable[tuple[str, Any]]) -> None:
    """Raise UsageError for the first tensor with NaN or infinity."""
    import torch

    for name, tensor in tensors:
        if not (tensor.is_floating_point() or tensor.is_complex()):
            continue
        for piece in tensor.detach().reshape(-1).split(PIECE):
            # torch.isfinite does not support types of eight bits.
            if not bool(torch.isfinite(piece if piece.element_size() > 1 else piece.float()).all()):
                raise UsageError(
                    f"{folder}: damaged weights: the tensor {name!r} holds NaN or infinity; copy or train the checkpoint again"
                )


class Finite:
    """A logits processor for `generate` that changes nothing, and raises UsageError for logits with NaN or infinity."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Return the logits [rows, words] as they are; minus infinity marks a word that is excluded."""
        if not bool(scores.amax(dim=-1).isfinite().all()):
            raise UsageError(describe_nonfinite(self._folder))
        return scores


def describe_nonfinite(folder: Path) -> str:
    """Return the message for a model whose outputs are not finite although its weights are."""
    return f"{folder}: the model gives no probabilities (NaN or infinity): its weights are damaged, or too large for their type"


def _merge(model: Any, folder: Path) -> Any:
    """Return a PeftModel as a plain model. The adapter's tensors are checked first, so that messages name them."""
    check_finite(folder, ((name.replace(".default", ""), value) for name, value in model.named_parameters() if ".default" in name))
    return model.merge_and_unload()


def _read_base_name(folder: Path, settings: Mapping[str, Any]) -> str:
    """Return the name of an adapter's base. Raises UsageError."""
    name = settings.get("base_model_name_or_path")
    if not isinstance(name, str) or not name:
        raise UsageError(f"{folder / ADAPTER}: names no base_model_name_or_path")
    return name


def _load_weights(folder: Path, tensors: Mapping[str, Tensor], dtype: Any) -> Any:
    """Return the model with every weight from its file. Raises UsageError with the tensor's name."""
    from transformers import AutoModelForCausalLM

    loader: Any = AutoModelForCausalLM
    options = {"local_files_only": True, "trust_remote_code": False, "use_safetensors": True, "output_loading_info": True}
    if dtype is not None:
        options["dtype"] = dtype
    with _limit_construction(folder, tensors), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        # Tensors of another shape are reported below, by name; the library's own error does not name them.
        model, said = loader.from_pretrained(folder, ignore_mismatched_sizes=True, **options)
    for name, of_file, of_model in sorted(said["mismatched_keys"], key=str):
        raise UsageError(f"{folder}: the tensor {name!r} has the shape {list(of_file)}, and config.json asks for {list(of_model)}")
    for key, what in (
        ("missing_keys", "lacks the tensor {!r}"),
        ("unexpected_keys", "holds the tensor {!r}, which the model does not have"),
    ):
        if names := sorted(said[key]):
            more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
            raise UsageError(f"{folder}: the checkpoint is not whole: it {what.format(names[0])}{more}; copy or save it again")
    if said.get("error_msgs"):
        raise UsageError(f"{folder}: the checkpoint is not whole: {' '.join(str(said['error_msgs'][0]).split())}")
    return model


@contextmanager
def _limit_construction(folder: Path, tensors: Mapping[str, Tensor]) -> Iterator[None]:
    """Stop the construction of a model that is much larger than its weights. Raises UsageError.

    transformers builds a model without memory (torch's device "meta") before it reads any weight. torch's registration hooks count each
    part that is added, for every architecture; only parts of this thread count.
    """
    from torch.nn.modules import module as torch_module

    here, blocks = threading.get_ident(), 0
    most_blocks = FEW_BLOCKS + BLOCKS_PER_TENSOR * len(tensors)
    most_numbers = FEW_WEIGHTS + WEIGHTS_PER_NUMBER * sum(tensor.count for tensor in tensors.values())
    # Each parameter is counted once: when weights are loaded, they are registered again under the same name.
    seen: set[tuple[int, str]] = set()
    sums = {"weights": 0, "buffers": 0}
    most = {"weights": most_numbers, "buffers": most_numbers + BUFFERS}

    def refuse(what: str) -> None:
        raise UsageError(
            f"{folder / 'config.json'}: describes a model of more than {what}, and the weights are {len(tensors):,} tensors with "
            f"{count_numbers(tensors):,} numbers: they are not of this model"
        )

    def on_block(parent: Any, name: str, child: Any) -> None:
        nonlocal blocks
        if threading.get_ident() == here:
            blocks += 1
            if blocks > most_blocks:
                refuse(f"{most_blocks:,} blocks")

    def on_numbers(kind: str, parent: Any, name: str, numbers: Any) -> None:
        if threading.get_ident() == here and numbers is not None and (id(parent), name) not in seen:
            seen.add((id(parent), name))
            sums[kind] += numbers.numel()
            if sums[kind] > most[kind]:
                refuse(f"{most[kind]:,} {'weights' if kind == 'weights' else 'numbers in buffers'}")

    hooks = [
        torch_module.register_module_module_registration_hook(on_block),
        torch_module.register_module_parameter_registration_hook(partial(on_numbers, "weights")),
        torch_module.register_module_buffer_registration_hook(partial(on_numbers, "buffers")),
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _check_vocabulary(folder: Path, model: Any, tokenizer: Any) -> None:
    """Raise UsageError if the tokenizer has tokens outside the model's embedding."""
    rows, highest = model.get_input_embeddings().weight.shape[0], max(tokenizer.get_vocab().values(), default=-1)
    if highest >= rows:
        raise UsageError(f"{folder}: the tokenizer has tokens up to number {highest:,}, and the model knows {rows:,}: they belong apart")


def _first_lines(error: Exception) -> str:
    """Return the first two lines of an error."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:2])[:400] or type(error).__name__
