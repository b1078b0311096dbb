"""LoRA adapters: loaded with settings from an allow-list, and only if every tensor has its place."""

import re
import time
from collections.abc import Iterable, Mapping
from math import prod
from pathlib import Path
from typing import Any

import regex

from leakguard.core.errors import MissingExtra, UsageError
from leakguard.core.version import install
from leakguard.models.causal.files import ADAPTER
from leakguard.models.causal.tensors import Tensor

ALLOWED = {
    "alpha_pattern", "auto_mapping", "base_model_name_or_path", "bias", "fan_in_fan_out", "inference_mode", "init_lora_weights",
    "layers_pattern", "layers_to_transform", "lora_alpha", "lora_bias", "lora_dropout", "modules_to_save", "peft_type", "peft_version", "r",
    "rank_pattern", "revision", "target_modules", "task_type", "use_dora", "use_rslora",
}  # fmt: skip
EVERY_LINEAR = "all-linear"
PLAIN = re.compile(r"\^?[\w.]+\$?")
# Seconds for matching all names of modules with the pattern of an adapter.
PATIENCE = 5.0
COUNT = re.compile(r"[{,](\d{1,9})(?=\d*[,}])")
LONGEST_PATTERN, MOST_COUNTED = 4000, 10_000


def attach_adapter(model: Any, folder: Path, settings: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Any:
    """Return the model with the adapter of `folder`, a PeftModel. Raises UsageError for an incomplete adapter, MissingExtra.

    peft initialises missing tensors at random and ignores unexpected ones; here both are errors that name the tensor.
    """
    try:
        import peft
    except ImportError as error:
        raise MissingExtra(f"adapters need peft: {install('harness')}") from error
    library: Any = peft
    modules = [name for name, _ in model.named_modules()]
    config = library.LoraConfig(**_check_settings(folder, settings, tensors, library.LoraConfig().to_dict(), modules))
    config.inference_mode = True
    mapping = getattr(model, "_checkpoint_conversion_mapping", {})
    wrapped = (library.PeftModelForCausalLM if config.task_type else library.PeftModel)(model, config)
    said = wrapped.load_adapter(str(folder), "default", is_trainable=False, key_mapping=mapping)
    for names, what in ((said.missing_keys, "lacks the tensor"), (said.unexpected_keys, "holds a tensor that its settings do not place:")):
        if names:
            raise UsageError(
                f"{folder}: the adapter is not whole: it {what} {sorted(names)[0].replace('.default', '')!r}; copy or save it again"
            )
    return wrapped


def _check_settings(
    folder: Path, settings: Mapping[str, Any], tensors: Mapping[str, Tensor], defaults: Mapping[str, Any], modules: Iterable[str]
) -> dict[str, Any]:
    """Return the settings that peft gets. Raises UsageError for settings that are not supported."""
    path = folder / ADAPTER
    if settings.get("peft_type") != "LORA" or settings.get("task_type") not in (None, "CAUSAL_LM"):
        raise UsageError(f"{path}: only LoRA adapters of causal language models are read")
    for key, value in settings.items():
        if key not in ALLOWED and value and value != defaults.get(key):
            raise UsageError(f"{path}: {key} is set, which is not read; merge the adapter into its base, and give the merged model")
    widest = max(size for tensor in tensors.values() for size in tensor.shape)
    patterns = {key: settings.get(key) or {} for key in ("rank_pattern", "alpha_pattern")}
    for key, pattern in patterns.items():
        if not isinstance(pattern, dict) or not all(PLAIN.fullmatch(name) for name in pattern):
            raise UsageError(f"{path}: {key}: expected names of modules with a number each")
    for rank in (settings.get("r"), *patterns["rank_pattern"].values()):
        if type(rank) is not int or not 1 <= rank <= widest:
            raise UsageError(f"{path}: a rank (r) cannot be {rank!r}: the widest dimension of the adapter's tensors is {widest:,}")
    said = {
        key: value for key, value in settings.items() if key in ALLOWED - {"auto_mapping", "inference_mode", "peft_type", "peft_version"}
    }
    return said | {"target_modules": _list_targets(path, settings.get("target_modules"), modules), "init_lora_weights": True}


def _list_targets(path: Path, said: object, modules: Iterable[str]) -> Any:
    """Return the modules that an adapter changes: a list of names as it is, a pattern as the names that it matches."""
    if said == EVERY_LINEAR or (isinstance(said, list) and said and all(isinstance(name, str) for name in said)):
        return said
    if not isinstance(said, str):
        raise UsageError(f"{path}: target_modules: expected names of modules")
    if len(said) > LONGEST_PATTERN or prod(map(int, COUNT.findall(said))) > MOST_COUNTED:
        raise UsageError(f"{path}: target_modules is too large a pattern; list the names of the modules")
    ends = time.monotonic() + PATIENCE
    try:
        pattern = regex.compile(said)
        found = [name for name in modules if pattern.fullmatch(name, timeout=max(0.001, ends - time.monotonic()))]
    except (regex.error, TimeoutError, RecursionError, OverflowError, MemoryError) as error:
        why = "takes too long to match" if isinstance(error, TimeoutError) else "is no pattern"
        raise UsageError(f"{path}: target_modules {why}; list the names of the modules") from error
    if not found:
        raise UsageError(f"{path}: target_modules matches no module of the base")
    return found
