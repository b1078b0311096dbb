"""The files of a checkpoint, checked before any library reads them: names, settings and the headers of weights.

Only JSON and headers are read here. Refused are weights in other formats than safetensors, files outside the folder, code of the
checkpoint's own, and settings that ask for much more memory than the weights have.
"""

import json
import re
import stat
from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path, PurePath
from typing import Any

from leakguard.core.errors import UsageError
from leakguard.models.causal.tensors import Tensor, read_tensors

CONFIG, WEIGHTS, INDEX, TOKENIZER = "config.json", "model.safetensors", "model.safetensors.index.json", "tokenizer.json"
GENERATION = "generation_config.json"
ADAPTER, ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
BASES = Path(__file__).parent.parent / "bases"
"""The folder of the bases that are shipped."""
# Largest files that are read, in bytes: most JSON files, and those with a vocabulary or an index.
LARGEST_TEXT, LARGEST_TABLE = 16 << 20, 512 << 20
UNREADABLE = "the checkpoint cannot be loaded"
TEMPLATES = "additional_chat_templates"
TABLES = {TOKENIZER, INDEX, "vocab.json", "merges.txt"}
# Settings that make libraries load code, other files or other kernels.
FOREIGN = ("auto_map", "custom_pipelines", "transformers_weights", "fusion_config", "custom_generate")
KERNELS = re.compile(r"_?(attn|experts)_implementation(_internal)?")
LAYERS = re.compile(r"(num|n)_(\w+_)?layers?|(encoder|decoder)_layers")
COUNTS = re.compile(r"(num|n)_\w+|\w+_(layers?|blocks?|labels?|experts?|heads?|depths?|stages?|groups?)")
# Largest number in a configuration, and the largest count (of labels, heads ...) if no tensor is wider.
MOST, MOST_COUNTED = 2**31 - 1, 1 << 20
# Files of torch.distributed, whose index is a pickle.
DISTRIBUTED = re.compile(r"shard-\d+-model-.*|\.metadata|.*\.distcp")


def list_bases() -> dict[str, Path]:
    """Return name -> folder of the bases that are shipped."""
    return {path.name: path for path in sorted(BASES.iterdir()) if path.is_dir()} if BASES.is_dir() else {}


def find_folder(name: str) -> Path | None:
    """Return the folder of a shipped base by its name, or of any other checkpoint by its path; None if there is none."""
    path = list_bases().get(name) or Path(name)
    return path if path.is_dir() else None


def inspect_checkpoint(folder: Path) -> dict[str, Tensor]:
    """Return name -> tensor of the model in a folder. Raises UsageError for a folder that must not be loaded, or is incomplete."""
    _check_files(folder)
    if not (folder / CONFIG).is_file():
        raise UsageError(f"{folder}: this folder holds no Hugging Face checkpoint: there is no {CONFIG} in it")
    tensors = _read_weights(folder)
    _check_config(folder / CONFIG, read_object(folder / CONFIG), tensors)
    if (generation := folder / GENERATION).is_file():
        _check_foreign(generation, read_object(generation))
    return tensors


def inspect_adapter(folder: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Return (settings, tensors) of the adapter in a folder. Raises UsageError for missing or damaged weights."""
    _check_files(folder)
    if not (folder / ADAPTER_WEIGHTS).is_file():
        raise UsageError(f"{folder}: this adapter has no {ADAPTER_WEIGHTS}; other formats are not read, and nothing is downloaded")
    tensors = read_tensors(folder / ADAPTER_WEIGHTS)
    if not tensors:
        raise UsageError(f"{folder / ADAPTER_WEIGHTS}: holds no tensor: the adapter would change nothing")
    return read_object(folder / ADAPTER), tensors


def inspect_tokenizer(folder: Path) -> None:
    """Raise UsageError for a tokenizer other than a tokenizer.json with plain settings."""
    _check_files(folder)
    if not (folder / TOKENIZER).is_file():
        raise UsageError(f"{folder}: {UNREADABLE}: there is no {TOKENIZER}: other formats are not read; save it as a fast tokenizer")
    if (settings := folder / "tokenizer_config.json").is_file():
        _check_foreign(settings, read_object(settings))


def read_object(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file of a checkpoint. Raises UsageError."""
    try:
        found = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: {UNREADABLE}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise UsageError(f"{path}: {UNREADABLE}: this is not JSON: {why}") from error
    if not isinstance(found, dict):
        raise UsageError(f"{path}: {UNREADABLE}: expected a JSON object")
    return found


def _check_files(folder: Path) -> None:
    """Raise UsageError for an entry that a library might read and must not: a device, a link out of the folder, a huge file."""
    for path in (*sorted(folder.iterdir()), *sorted((folder / TEMPLATES).glob("*"))):
        if DISTRIBUTED.fullmatch(path.name):
            raise UsageError(f"{path}: distributed checkpoints are not read (their index is a pickle): save the model as safetensors")
        if path.suffix not in (".json", ".jinja", ".safetensors", ".txt", ".model"):
            continue
        try:
            found = path.stat()
        except OSError as error:
            raise UsageError(f"{path}: {UNREADABLE}: {error.strerror or error}") from error
        if path.is_symlink() and not _is_inside(path.resolve(), folder.resolve()):
            raise UsageError(f"{path}: a link that leads out of the checkpoint's folder is not followed; copy the file into it")
        most = LARGEST_TABLE if path.name in TABLES else LARGEST_TEXT
        if not stat.S_ISREG(found.st_mode):
            raise UsageError(f"{path}: this is not a regular file")
        if path.suffix != ".safetensors" and found.st_size > most:
            raise UsageError(f"{path}: has {found.st_size:,} bytes; more than {most:,} are not read")


def _is_inside(target: Path, folder: Path) -> bool:
    """Return whether a link's target is in the folder, or in the Hugging Face cache's store beside it."""
    blobs = folder.parent.parent / "blobs" if folder.parent.name == "snapshots" else folder
    return target.is_relative_to(folder) or target.is_relative_to(blobs)


def _read_weights(folder: Path) -> dict[str, Tensor]:
    """Return the tensors of one file, or of all files of the index. Raises UsageError if the two disagree."""
    if (folder / WEIGHTS).is_file():
        return read_tensors(folder / WEIGHTS)
    index = folder / INDEX
    if not index.is_file():
        raise UsageError(f"{folder}: {UNREADABLE}: there is no {WEIGHTS} and no {INDEX}; weights in other formats are not read")
    places = read_object(index).get("weight_map")
    if not isinstance(places, dict) or not places:
        raise UsageError(f"{index}: names no weights: it needs a weight_map")
    for name, file in places.items():
        _check_name(index, name, file)
    tensors: dict[str, Tensor] = {}
    for file in sorted(set(places.values())):
        for name, tensor in read_tensors(folder / file).items():
            if places.get(name) != file:
                raise UsageError(f"{folder / file}: holds the tensor {name!r}, and {INDEX} does not say so")
            tensors[name] = tensor
    for name, file in places.items():
        if name not in tensors:
            raise UsageError(f"{folder / file}: lacks the tensor {name!r}, which {INDEX} names")
    return tensors


def _check_name(index: Path, tensor: str, file: object) -> None:
    """Raise UsageError unless the index names a safetensors file of its own folder."""
    if not isinstance(file, str) or PurePath(file).name != file or not file.endswith(".safetensors") or "\\" in file:
        raise UsageError(f"{index}: the tensor {tensor!r} should be in {file!r}: only .safetensors files of this folder are read")
    if not (index.parent / file).is_file():
        raise UsageError(f"{index.parent / file}: is missing, and {INDEX} says that it holds the tensor {tensor!r}")


def _check_config(path: Path, config: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> None:
    """Raise UsageError for settings with code, or with numbers that do not fit the weights.

    Libraries build lists of as many entries as there are layers, labels or heads before they read any weight: a number of layers is at most
    the number of tensors, other counts are at most the widest dimension (or MOST_COUNTED).
    """
    _check_foreign(path, config)
    widest = max([MOST_COUNTED, *(size for tensor in tensors.values() for size in tensor.shape)])
    for key, value in _list_settings(config):
        if KERNELS.fullmatch(key) and isinstance(value, str) and not value.isidentifier():
            raise UsageError(f"{path}: {key} = {value!r} names code elsewhere, which is not loaded; remove it")
        if type(value) is not int:
            continue
        if LAYERS.fullmatch(key) and value > len(tensors):
            raise UsageError(f"{path}: {key} is {value:,}, and the weights are {len(tensors):,} tensors: they are not of this model")
        if abs(value) > (widest if COUNTS.fullmatch(key) else MOST):
            raise UsageError(f"{path}: {key} cannot be {value:,}: the weights hold {count_numbers(tensors):,} numbers")


def count_numbers(tensors: Mapping[str, Tensor]) -> int:
    """Return how many numbers the tensors have together."""
    return sum(prod(tensor.shape) for tensor in tensors.values())


def _check_foreign(path: Path, settings: Mapping[str, Any]) -> None:
    """Raise UsageError for settings that ask for code or files of the checkpoint's own."""
    for key, value in _list_settings(settings):
        if key in FOREIGN and value:
            raise UsageError(f"{path}: {key} asks for code or files of its own, which are never loaded; remove it if the model needs none")


def _list_settings(value: object) -> Iterator[tuple[str, Any]]:
    """Yield every key of a nested object with its value; items of a list count for the list's key."""
    left: list[tuple[str, object]] = [("", value)]
    while left:
        key, value = left.pop()
        yield key, value
        if isinstance(value, dict):
            left += [(str(name), item) for name, item in value.items()]
        elif isinstance(value, list):
            left += [(key, item) for item in value]
