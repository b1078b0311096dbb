"""Settings files: read whole, never merged with another."""

import json
import os
import tomllib
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from leakguard.core.errors import SettingsError
from leakguard.readers.files.small_files import TOML_MOST, parse_toml, read_small_file
from leakguard.settings import Settings, changed

NAME, SHARED, STDIN = "leakguard.toml", "pyproject.toml", "-"
_WHAT = "settings file"
JUDGES = tuple(entry.name for entry in fields(Settings) if entry.name.startswith("judge_"))


def load(path: Path) -> Settings:
    """Read leakguard.toml, or [tool.leakguard] of any file named pyproject.toml; paths in it are relative to its folder."""
    document = _document(path)
    values = _section(document) if path.name == SHARED else document
    if not isinstance(values, dict):
        raise SettingsError(f"{path}: there is no table [tool.leakguard] in it")
    return replace(anchored(changed(Settings(), values, where=f"{path}: "), path.parent), file=str(path))


def within(file: Path, settings: Settings) -> Settings:
    """The settings, if the file that nobody named writes nowhere but below its own folder and asks no judge. Raises SettingsError.

    Such a file may have come with the data, and whoever made the data should not choose what is overwritten, nor who is sent
    the data and a key, nor who judges it.
    """
    for key in JUDGES:
        if getattr(settings, key) != getattr(Settings(), key):
            name = key.replace("_", "-")
            raise SettingsError(f"{file}: {name} is set, and nobody named this file: name it with --config to allow that, or give --{name}")
    home = Path(os.path.realpath(file.parent))
    for output in (*settings.output, *([settings.scores] if settings.scores else [])):
        if not Path(os.path.realpath(output)).is_relative_to(home):
            raise SettingsError(
                f"{file}: output {output} is outside this file's folder, and nobody named this file: "
                "name it with --config to allow that, or leave it out with --no-config"
            )
    return settings


def from_toml(text: str) -> Settings:
    """The settings that a leakguard.toml with this text gives."""
    return changed(Settings(), tomllib.loads(text), where=f"{NAME}: ")


def to_toml(settings: Settings) -> str:
    """A leakguard.toml that gives these settings: from_toml(to_toml(settings)) == settings."""
    values = {**settings.as_mapping(), "judge-base-url": settings.judge_base_url}
    return "".join(f"{key} = {_value(value)}\n" for key, value in values.items() if value is not None)


def holds_settings(path: Path) -> bool:
    """Whether a pyproject.toml has a table [tool.leakguard]. Raises SettingsError if it cannot be read."""
    return _section(_document(path)) is not None


def seen_from(place: Path, file: str | None) -> str | None:
    """The path of a settings file from the folder `place`, with / between its parts; None for None."""
    return None if file is None else Path(os.path.relpath(file, place)).as_posix()


def _section(document: dict[str, Any]) -> Any:
    tool = document.get("tool")
    return tool.get("leakguard") if isinstance(tool, dict) else None


def _document(path: Path) -> dict[str, Any]:
    return parse_toml(str(path), read_small_file(path, _WHAT, SettingsError, TOML_MOST), _WHAT, SettingsError)


def anchored(settings: Settings, folder: Path) -> Settings:
    """The settings with their paths seen from here instead of from `folder`."""
    return replace(
        settings,
        rules=tuple(str(folder / name) if is_file_name(name) else name for name in settings.rules),
        traits=tuple(str(folder / name) if is_file_name(name) else name for name in settings.traits),
        output=tuple(str(folder / name) for name in settings.output),
        control=str(folder / settings.control) if settings.control else None,
        against=tuple(str(folder / name) for name in settings.against),
        scores=str(folder / settings.scores) if settings.scores else None,
        semantic_model=_model_place(settings.semantic_model, folder),
        judge_cache=str(folder / settings.judge_cache) if settings.judge_cache else None,
        judge_check=str(folder / settings.judge_check) if settings.judge_check else None,
        judge_rubric=tuple(str(folder / name) if is_file_name(name) else name for name in settings.judge_rubric),
        baseline=str(folder / settings.baseline) if settings.baseline else None,
        gate=replace(settings.gate, results=tuple(replace(one, file=str(folder / one.file)) for one in settings.gate.results)),
    )


def _model_place(name: str | None, folder: Path) -> str | None:
    """A model's folder beside the settings file, or the name as it is."""
    return str(folder / name) if name and os.path.isdir(folder / name) else name


def is_file_name(name: str) -> bool:
    """Do --rules and --trait mean a file by this, or what is shipped under this name?"""
    return name.endswith(".toml") or "/" in name or "\\" in name


def _value(value: object) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_value(key)} = {_value(item)}' for key, item in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(_value(item) for item in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    # A JSON string is a TOML string, but for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f") if isinstance(value, str) else str(value)
