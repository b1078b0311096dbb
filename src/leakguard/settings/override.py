"""Overriding settings with the values of a settings file, flags or Python keywords."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from leakguard.core.errors import SettingsError
from leakguard.core.suggest import LINE, shorten, suggest_names
from leakguard.settings.option import field_name
from leakguard.settings.options import OPTIONS, Settings
from leakguard.settings.values import InvalidValue


def override(settings: Settings, values: Mapping[str, object], *, where: str, name_key: Callable[[str], str] = str) -> Settings:
    """Return `settings` with `values` (by keys of a settings file) read, checked and put in.

    Raises SettingsError, whose message begins with `where` and the key as `name_key` writes it.

    >>> override(Settings(), {"fail-on": "note"}, where="leakguard.toml: ").fail_on
    'note'
    """
    changes: dict[str, Any] = {}
    for key, value in values.items():
        if key not in OPTIONS:
            raise SettingsError(f"{where}unknown key {shorten(repr(key))}; {suggest_names(key[:LINE], OPTIONS)}")
        option, field = OPTIONS[key], field_name(key)
        try:
            read = option.reader.read(value)
        except InvalidValue as error:
            raise SettingsError(f"{where}{name_key(key)}: {shorten(str(error))}") from None
        changes[field] = tuple({**dict(getattr(settings, field)), **dict(read)}.items()) if option.merges else read
    return replace(settings, **changes)
