"""A process of its own that fills chat templates, run as a script: templates come with checkpoints, and may never end.

Reads one JSON request a line on stdin, {"template", "variables", "chats", "seconds"}, and answers each with one line on stdout:
{"texts"} or {"error"}. The environment is the one that Hugging Face documents for chat templates. The system bounds memory and
processor time, so that this process ends instead of the caller's.
"""

import json
import signal
import sys
from datetime import datetime
from functools import lru_cache
from typing import Any, NoReturn

import jinja2
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

MEMORY = 512 << 20
LONGEST, LONGEST_TOGETHER = 4 << 20, 64 << 20


class Generation(Extension):
    """{% generation %} ... {% endgeneration %}: marks what an assistant says; here its content as it is."""

    tags = {"generation"}  # noqa: RUF012

    def parse(self, parser: jinja2.parser.Parser) -> list[jinja2.nodes.Node]:
        """The statements between the two tags."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


@lru_cache(maxsize=4)
def compile_template(source: str) -> jinja2.Template:
    """A template in a sandbox with what chat templates may use."""
    made = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
    made.filters["tojson"] = _json
    made.globals |= {"raise_exception": _refuse, "strftime_now": lambda form: datetime.now().strftime(form)}
    return made.from_string(source)


def _json(value: Any, ensure_ascii: bool = False, indent: Any = None, separators: Any = None, sort_keys: bool = False) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def _refuse(message: str) -> NoReturn:
    raise jinja2.exceptions.TemplateError(message)


def answer_request(request: dict[str, Any]) -> dict[str, Any]:
    """The texts of all chats, or what is wrong with the first that has none."""
    texts, size = [], 0
    try:
        _clock(request["seconds"])
        template = compile_template(request["template"])
        for chat in request["chats"]:
            _clock(request["seconds"])
            texts.append(template.render(messages=chat, tools=None, documents=None, add_generation_prompt=True, **request["variables"]))
            size += len(texts[-1])
            if len(texts[-1]) > LONGEST or size > LONGEST_TOGETHER:
                return {"error": f"it writes more than {LONGEST:,} characters for one conversation"}
    except MemoryError:
        return {"error": f"it needs more than {MEMORY >> 20} MiB"}
    except RecursionError:
        return {"error": "it is nested, or calls itself, too deeply"}
    except jinja2.TemplateError as error:
        return {"error": str(error)[:400]}
    # A template may raise anything that Python has.
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:400]}
    finally:
        _clock(0)
    return {"texts": texts}


def _clock(seconds: float) -> None:
    """Let the system end this process after so many seconds of its processor time; 0: no longer."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _limit() -> None:
    try:
        import resource
    except ImportError:
        return
    try:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except (ValueError, OSError):
        # A lower limit of the caller's, or a system that has none.
        return


def main() -> None:
    """Answer until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit()
    for line in sys.stdin:
        print(json.dumps(answer_request(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
