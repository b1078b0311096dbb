"""Check the address of a model endpoint and read its key from the environment."""

from collections.abc import Mapping

from leakguard.core.address import read_address, without_user
from leakguard.core.errors import SettingsError
from leakguard.models.endpoint.openai import NO_KEY

OPENAI, KEY = "https://api.openai.com/v1", "OPENAI_API_KEY"


def check_endpoint(url: str, key_env: str | None, options: tuple[str, str]) -> None:
    """Check the address of an endpoint; `options` name the settings of the address and of `key_env` in messages.

    Raises SettingsError, without the user and password of the address.
    """
    try:
        address = read_address(url)
    except ValueError as error:
        shown = without_user(url)
        raise SettingsError(
            f"{options[0]}: {shown!r} is no address of an endpoint: {error}; give one like http://localhost:8000/v1"
        ) from None
    if key_env and (address.user or address.password):
        raise SettingsError(f"{options[1]}: the address holds a user and a password already, and a request has room for one of the two")


def read_endpoint_key(url: str, variable: str | None, environ: Mapping[str, str], options: tuple[str, str]) -> str:
    """Return the key in an environment variable, without surrounding white space.

    Without a `variable`, OPENAI_API_KEY is used for OpenAI's own address, and other endpoints get no key. `options` name the setting
    that needs the key and those that would help. Raises SettingsError for an empty variable, and for a key that no HTTP header can
    hold.
    """
    name = variable or (KEY if url.rstrip("/") == OPENAI else "")
    if not name:
        return NO_KEY
    key = environ.get(name, "").strip()
    if not key:
        raise SettingsError(f"{options[0]}: the environment variable {name} holds no key; set it, or use {options[1]}")
    if not key.isascii() or not key.isprintable():
        raise SettingsError(
            f"{options[0]}: the key in the environment variable {name} holds line feeds, control characters or letters beyond ASCII, "
            "which no HTTP header can carry: set it to the key alone"
        )
    return key
