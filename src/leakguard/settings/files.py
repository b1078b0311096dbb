"""Read and write settings files: leakguard.toml, and the table [tool.leakguard] of pyproject.toml. Files are never merged."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from leakguard.core.errors import SettingsError
from leakguard.core.store_address import StoreAddress, find_address
from leakguard.readers.files.small_files import TOML_MOST, parse_toml, read_small_file
from leakguard.settings.option import field_name
from leakguard.settings.options import DEFAULTS, JUDGE, OPTIONS, Settings
from leakguard.settings.override import override

NAME, SHARED, STDIN = "leakguard.toml", "pyproject.toml", "-"
_WHAT = "settings file"


def load(path: Path) -> Settings:
    """Read leakguard.toml, or [tool.leakguard] of any file named pyproject.toml; paths in it are relative to its folder.

    Raises SettingsError.
    """
    document = _read(path)
    values = _table(document) if path.name == SHARED else document
    if not isinstance(values, dict):
        raise SettingsError(f"{path}: there is no table [tool.leakguard] in it")
    settings = override(DEFAULTS, values, where=f"{path}: ")
    return replace(anchor_paths(settings, path.parent), file=str(path))


def check_found(file: Path, settings: Settings) -> None:
    """Raise SettingsError if a settings file that was found (not named) configures a judge or writes outside its own folder.

    A file that was found may have come with the data. Its author must not choose which files are overwritten, which model judges the
    data, and which endpoint gets the data and a key.
    """
    for key, option in OPTIONS.items():
        if option.group.heading == JUDGE.heading and getattr(settings, field_name(key)) != getattr(DEFAULTS, field_name(key)):
            raise SettingsError(
                f"{file}: {key} is set, but this file was found, not named: name it with `config` to allow that, or give `{key}`"
            )
    home = Path(os.path.realpath(file.parent))
    written = [getattr(settings, field_name(key)) for key, option in OPTIONS.items() if option.writes]
    for output in (path for value in written if value for path in ([value] if isinstance(value, str) else value)):
        if find_address(output) or not Path(os.path.realpath(output)).is_relative_to(home):
            raise SettingsError(
                f"{file}: output {output} is outside this file's folder, but this file was found, not named: "
                "name it with `config` to allow that, or leave it out with `no-config`"
            )


def anchor_paths(settings: Settings, folder: Path) -> Settings:
    """Return the settings with their paths relative to `folder`, not to the working folder."""
    names = [(field_name(key), option) for key, option in OPTIONS.items() if option.anchor]
    return replace(settings, **{name: option.anchor_value(getattr(settings, name), folder) for name, option in names})


def from_toml(text: str) -> Settings:
    """Parse the text of a leakguard.toml and return its settings. Raises SettingsError."""
    import tomllib

    return override(DEFAULTS, tomllib.loads(text), where=f"{NAME}: ")


def to_toml(settings: Settings) -> str:
    """Return the text of a leakguard.toml that gives these settings: from_toml(to_toml(settings)) == settings."""
    values = {key: option.to_plain(getattr(settings, field_name(key))) for key, option in OPTIONS.items()}
    return "".join(f"{key} = {write_value(value)}\n" for key, value in values.items() if value is not None)


def holds_settings(path: Path) -> bool:
    """Return whether a pyproject.toml has a table [tool.leakguard]. Raises SettingsError if it cannot be read."""
    return _table(_read(path)) is not None


def relative_path(place: Path | StoreAddress, file: str | None) -> str | None:
    """Return the path of a settings file relative to the folder `place`, with / between its parts; absolute if that is in a store.

    None for None.
    """
    if file is None:
        return None
    return Path(os.path.abspath(file) if isinstance(place, StoreAddress) else os.path.relpath(file, place)).as_posix()


def _table(document: dict[str, Any]) -> Any:
    tool = document.get("tool")
    return tool.get("leakguard") if isinstance(tool, dict) else None


def _read(path: Path) -> dict[str, Any]:
    return parse_toml(str(path), read_small_file(path, _WHAT, SettingsError, TOML_MOST), _WHAT, SettingsError)


def write_value(value: object) -> str:
    """Return a value of a settings file as TOML: text, number, switch, list or table."""
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{write_value(key)} = {write_value(item)}' for key, item in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(write_value(item) for item in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    # A JSON string is a valid TOML string except for DEL, which must be escaped in TOML.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f") if isinstance(value, str) else str(value)
