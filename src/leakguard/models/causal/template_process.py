"""The program of the process that renders chat templates (see chat_templates): templates come with checkpoints and may never end.

Reads one JSON request per line from stdin, {"template", "variables", "chats", "seconds"}, and answers with one line, {"texts"} or
{"error"}. The environment is the one that Hugging Face documents for chat templates. Limits on memory and processor time end this process
instead of the caller's.
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
    """{% generation %} ... {% endgeneration %}, which marks an assistant's text; here its content is kept as it is."""

    tags = {"generation"}  # noqa: RUF012

    def parse(self, parser: jinja2.parser.Parser) -> list[jinja2.nodes.Node]:
        """Return the statements between the two tags."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


@lru_cache(maxsize=4)
def compile_template(source: str) -> jinja2.Template:
    """Return a template in a sandbox with the functions that chat templates may use."""
    made = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
    made.filters["tojson"] = _format_json
    made.globals |= {"raise_exception": _refuse, "strftime_now": lambda form: datetime.now().strftime(form)}
    return made.from_string(source)


def _format_json(value: Any, ensure_ascii: bool = False, indent: Any = None, separators: Any = None, sort_keys: bool = False) -> str:
    """Return a value as JSON: the filter `tojson`."""
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def _refuse(message: str) -> NoReturn:
    """Raise TemplateError: the function `raise_exception`."""
    raise jinja2.exceptions.TemplateError(message)


def answer_request(request: dict[str, Any]) -> dict[str, Any]:
    """Return the texts of all chats, or the error of the first one that fails."""
    texts, size = [], 0
    try:
        _limit_time(request["seconds"])
        template = compile_template(request["template"])
        for chat in request["chats"]:
            _limit_time(request["seconds"])
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
        _limit_time(0)
    return {"texts": texts}


def _limit_time(seconds: float) -> None:
    """Let the system end this process after so many seconds of processor time; 0 removes the limit."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _limit_memory() -> None:
    """Limit the memory of this process."""
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
    """Answer requests until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit_memory()
    for line in sys.stdin:
        print(json.dumps(answer_request(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
