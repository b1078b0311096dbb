"""Values of settings files, flags and Python keywords, put over the settings that were there before."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from leakguard.core.errors import SettingsError
from leakguard.core.suggest import LINE, shorten, suggest_names
from leakguard.settings.options import OPTIONS, Settings, field_name
from leakguard.settings.values import InvalidValue


def override(settings: Settings, values: Mapping[str, object], *, where: str) -> Settings:
    """Return `settings` with `values` (by keys of a settings file) read, checked and put in.

    Raises SettingsError, whose message begins with `where` and the key.

    >>> override(Settings(), {"fail-on": "note"}, where="leakguard.toml: ").fail_on
    'note'
    """
    changes: dict[str, Any] = {}
    for key, value in values.items():
        if key not in OPTIONS:
            raise SettingsError(f"{where}unknown key {shorten(repr(key))}; {suggest_names(key[:LINE], OPTIONS)}")
        option, name = OPTIONS[key], field_name(key)
        try:
            read = option.reader.read(value)
        except InvalidValue as error:
            raise SettingsError(f"{where}{key}: {shorten(str(error))}") from None
        changes[name] = tuple({**dict(getattr(settings, name)), **dict(read)}.items()) if option.merges else read
    return replace(settings, **changes)
