"""The folder of a sentence-transformers model, checked before the library reads it: no code, and weights in safetensors only."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from leakguard.core.errors import UsageError

MODULES, CONFIG, WEIGHTS = "modules.json", "config.json", "model.safetensors"
_MIB = 1 << 20
_MOST = 16 * _MIB
# Modules that are arithmetic on vectors; of these the last kind has weights of its own.
_TYPE = re.compile(r"sentence_transformers(?:\.[a-z_]+)*\.(Transformer|Pooling|Normalize|Dropout|LayerNorm|Dense)")
_WEIGHED = ("LayerNorm", "Dense")
# Files that decide how the library loads a model, and what must not be decided there.
_DECIDING = ("config.json", "tokenizer_config.json", "config_sentence_transformers.json", "sentence_*_config.json")
_DENIED = frozenset(("trust_remote_code", "use_safetensors", "gguf_file", "custom_pipelines", "custom_generate"))
_ADAPTER = "adapter_config.json"


def check_folder(folder: Path) -> None:
    """Raise UsageError unless the folder is a model of known modules, with weights in safetensors and without code.

    Some versions of sentence-transformers import any Python module that modules.json names, and read a pickle if there are no safetensors.
    These checks leave neither to the library.
    """
    if not (folder / MODULES).is_file() or not (folder / CONFIG).is_file():
        raise UsageError(f"{folder}: this folder holds no sentence-transformers model ({MODULES} and {CONFIG} say what it is)")
    if not (folder / WEIGHTS).is_file():
        raise UsageError(f"{folder}: there is no {WEIGHTS}; other formats can hold code and are not loaded")
    modules = _read_json(folder / MODULES)
    if not isinstance(modules, list) or not modules:
        raise UsageError(f"{folder / MODULES}: expected a list of modules")
    places = {folder, *(_check_module(folder, entry) for entry in modules)}
    for place in sorted(places):
        if (place / _ADAPTER).exists():
            raise UsageError(f"{place / _ADAPTER}: an adapter names another model, which is not loaded; merge it and save the model whole")
        for file in sorted(file for pattern in _DECIDING for file in place.glob(pattern)):
            if denied := sorted(_DENIED & {*_list_set_keys(_read_json(file))}):
                raise UsageError(f"{file}: {denied[0]!r} is set, and a model does not decide how it is loaded: take it out")


def _check_module(folder: Path, entry: object) -> Path:
    """Return the folder of one module. Raises UsageError for an unknown module, another folder, or missing weights."""
    said: dict[str, Any] = entry if isinstance(entry, dict) else {}
    name, path = said.get("type"), said.get("path", "")
    known = _TYPE.fullmatch(name) if isinstance(name, str) else None
    where = folder / MODULES
    if not known:
        raise UsageError(f"{where}: the module {name!r:.200} is none of those that are loaded; code of a model is never run")
    place = folder / path if isinstance(path, str) else folder / ".."
    if not place.resolve().is_relative_to(folder.resolve()):
        raise UsageError(f"{where}: {path!r:.200} is not in this folder")
    if known[1] == "Transformer" and place.resolve() != folder.resolve():
        raise UsageError(f"{where}: the transformer lies in {path!r:.200}; only one in the folder itself is loaded")
    if known[1] in _WEIGHED and not (place / WEIGHTS).is_file():
        raise UsageError(f"{place}: there is no {WEIGHTS}; other formats can hold code and are not loaded")
    return place


def _list_set_keys(document: object) -> Iterable[str]:
    """Yield every key in a document, at any depth, that is set (for safetensors: also to false)."""
    rest = [document]
    while rest:
        one = rest.pop()
        if isinstance(one, dict):
            rest += one.values()
            yield from (key for key, value in one.items() if value or (key == "use_safetensors" and value is not None))
        elif isinstance(one, list):
            rest += one


def _read_json(file: Path) -> object:
    """Return the content of a JSON file. Raises UsageError."""
    try:
        if not file.is_file() or file.stat().st_size > _MOST:
            raise UsageError(f"{file}: this is no regular file of at most {_MOST // _MIB} MiB")
        document: object = json.loads(file.read_bytes())
        return document
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{file}: this is not JSON: {str(error)[:200]}") from error
