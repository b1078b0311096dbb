"""Chat templates, rendered in a separate process with limits on time, memory and size: they come with checkpoints."""

import json
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from leakguard.core.errors import UsageError

PROGRAM = Path(__file__).with_name("template_process.py")
LARGEST_TEMPLATE = 1 << 20
# A safety net for a machine that does not bound the processor time of a process.
PATIENCE = 120.0
AT_ONCE = 256
Chat = Sequence[Mapping[str, str]]


class TemplateRenderer:
    """Renders templates in one process, which starts at the first use and again after it was lost.

    Each conversation may take `seconds` of processor time.
    """

    def __init__(self, seconds: float = 2.0) -> None:
        self._seconds = seconds
        self._process: subprocess.Popen[str] | None = None
        self._owner = 0
        self._endless: set[str] = set()
        self._one_by_one = threading.Lock()

    def render(self, folder: Path, template: str, variables: Mapping[str, Any], chats: Sequence[Chat]) -> list[str]:
        """Return one text per conversation, up to where the assistant's answer begins.

        Raises UsageError, with `folder` in the message, for a template that refuses a conversation or exceeds a limit.
        """
        if len(template) > LARGEST_TEMPLATE:
            raise UsageError(f"{folder}: its chat template has {len(template):,} characters; more than {LARGEST_TEMPLATE:,} are not read")
        texts: list[str] = []
        for at in range(0, len(chats), AT_ONCE):
            texts += self._render_batch(folder, template, variables, chats[at : at + AT_ONCE])
        return texts

    def _render_batch(self, folder: Path, template: str, variables: Mapping[str, Any], chats: Sequence[Chat]) -> list[str]:
        """Render at most AT_ONCE conversations."""
        request = json.dumps({"template": template, "variables": variables, "chats": chats, "seconds": self._seconds}, default=str)
        with self._one_by_one:
            said = None if template in self._endless else self._ask(request)
        if said is None:
            # Once is enough: the next row would cost as much again.
            self._endless.add(template)
            raise UsageError(
                f"{folder}: its chat template does not end: filling it for one conversation took more than {self._seconds:g} seconds "
                "of processor time; use another template"
            )
        if "error" in said:
            what = "a system prompt and a question" if any(len(chat) > 1 for chat in chats) else "a question"
            raise UsageError(f"{folder}: its chat template does not take {what}: {said['error']}")
        texts: list[str] = said["texts"]
        return texts

    def _ask(self, request: str) -> dict[str, Any] | None:
        """Return the process's answer; None if one of its limits ended it."""
        process = self._process
        if process is None or process.poll() is not None or self._owner != os.getpid():
            process, self._owner = _start(self), os.getpid()
            self._process = process
        assert process.stdin and process.stdout
        net = threading.Timer(PATIENCE, process.kill)
        net.daemon = True
        net.start()
        try:
            process.stdin.write(request + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except OSError:
            answer = ""
        finally:
            net.cancel()
        if not answer.endswith("\n"):
            _end(process)
            self._process = None
            return None
        said: dict[str, Any] = json.loads(answer)
        return said


def _start(owner: TemplateRenderer) -> subprocess.Popen[str]:
    """Start the process; it ends with its owner. Nothing is imported from the program's folder or the working folder (-P)."""
    process = subprocess.Popen(
        [sys.executable, "-P", str(PROGRAM)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8",
    )  # fmt: skip
    weakref.finalize(owner, _end, process)
    return process


def _end(process: subprocess.Popen[str]) -> None:
    """Kill the process and close its pipes."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            try:
                pipe.close()
            except OSError:
                # What was not written yet has nobody to read it.
                continue


@cache
def shared_renderer() -> TemplateRenderer:
    """Return the renderer of this process: starting Python takes longer than rendering a thousand templates."""
    return TemplateRenderer()


def render_chats(folder: Path, tokenizer: Any, chats: Sequence[Chat]) -> list[str]:
    """Return conversations rendered by the chat template of a tokenizer that has one. Raises UsageError."""
    try:
        template = tokenizer.get_chat_template()
    except ValueError as error:
        raise UsageError(f"{folder}: its chat templates have no default: {error}") from error
    variables = {name: str(token) for name, token in tokenizer.special_tokens_map.items() if isinstance(token, str)}
    return shared_renderer().render(folder, template, variables, chats)
