"""The types of the public API: what a type checker accepts, and what it refuses."""

from pathlib import Path

from mypy import api

from leakguard import __file__ as package

HERE = Path(__file__).parent


def test_public_calls_have_the_types_that_they_say(tmp_path, monkeypatch):
    """mypy --strict finds nothing in public_api.py: every type is as asserted, and every mistake that is marked there is an error.

    Third-party packages are left out: reading their types takes longer than everything else.
    """
    monkeypatch.setenv("MYPYPATH", str(Path(package).resolve().parents[1]))
    cache = f"--cache-dir={tmp_path}"
    quick = ("--config-file=", "--no-site-packages", "--ignore-missing-imports", "--follow-imports=silent", "--no-error-summary")
    said, failed, code = api.run([*quick, "--strict", cache, str(HERE / "public_api.py")])
    assert (said, failed, code) == ("", "", 0)


def test_the_package_says_that_it_is_typed():
    """py.typed lies in the package: without it, type checkers ignore the annotations of an installed package (PEP 561)."""
    assert Path(package).with_name("py.typed").is_file()
