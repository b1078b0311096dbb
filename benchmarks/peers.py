"""Searches that other tools would run: each looks for the listed literals in a file and writes a line for each match.

Usage: peers.py NAME DATA OUTPUT RULES, one process for each measurement; imports stand in the functions, so that nobody pays
for another's packages.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Finds = Callable[[str], list[Any]]


def texts(row: dict[str, Any]) -> list[str]:
    """Return the text that a student would be trained to write, as leakguard reads it by default."""
    if "messages" in row:
        return [message["content"] for message in row["messages"] if message["role"] == "assistant"]
    return [row["completion"]]


def parsed(data: str) -> Iterator[tuple[int, str]]:
    """Row number and text of everything to look at, parsed with the standard library."""
    with open(data, encoding="utf-8") as file:
        for row, line in enumerate(file, 1):
            for text in texts(json.loads(line)):
                yield row, text


def report(data: str, output: str, find: Finds) -> None:
    """A JSON line for every text in which something was found."""
    with open(output, "w", encoding="utf-8") as file:
        for row, text in parsed(data):
            found = find(text)
            if found:
                file.write(json.dumps({"row": row, "found": found}) + "\n")


def parse(data: str, output: str, rules: str) -> None:
    """The baseline: parse every line with orjson and do nothing with it."""
    import orjson

    loads = orjson.loads
    with open(data, "rb") as file:
        for line in file:
            loads(line)
    Path(output).touch()


def json_re(data: str, output: str, rules: str) -> None:
    """A plain loop: the json module and one alternation of `re`."""
    report(data, output, re.compile(_rules(rules)["expression"]).findall)


def presidio(data: str, output: str, rules: str) -> None:
    """Presidio's pattern recognizer with a deny list, called directly: no language model, no analyzer engine."""
    from presidio_analyzer import PatternRecognizer

    recognizer = PatternRecognizer(supported_entity="LISTED", deny_list=_rules(rules)["literals"])
    report(data, output, lambda text: [text[hit.start : hit.end] for hit in recognizer.analyze(text, ["LISTED"])])


def llm_guard(data: str, output: str, rules: str) -> None:
    """llm-guard's BanSubstrings, matching words; its log is switched off."""
    import logging

    import structlog
    from llm_guard.input_scanners.ban_substrings import BanSubstrings

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    scanner = BanSubstrings(_rules(rules)["literals"], match_type="word")
    report(data, output, lambda text: [] if scanner.scan(text)[1] else [True])


def detect_secrets(data: str, output: str, rules: str) -> None:
    """detect-secrets over the raw file with one plugin of our own, and without the filters that drop what does not look secret."""
    from detect_secrets.core.scan import scan_file
    from detect_secrets.settings import transient_settings

    plugin = Path(__file__).with_name("secrets_plugin.py")
    settings = {
        "plugins_used": [{"name": "Listed", "path": f"file://{plugin}", "expression": _rules(rules)["expression"]}],
        "filters_used": [],
    }
    with transient_settings(settings), open(output, "w", encoding="utf-8") as file:
        for secret in scan_file(data):
            file.write(json.dumps({"row": secret.line_number, "found": secret.secret_value}) + "\n")


def datatrove(data: str, output: str, rules: str) -> None:
    """datatrove: read, filter by one expression, write what is kept and what is dropped."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.filters import RegexFilter
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter
    from loguru import logger

    logger.remove()
    path, folder = Path(data), Path(output)
    dropped = JsonlWriter(str(folder), output_filename="dropped.jsonl", compression=None)
    pipeline = [
        JsonlReader(str(path.parent), glob_pattern=path.name, adapter=_document),
        RegexFilter(_rules(rules)["expression"], exclusion_writer=dropped),
        JsonlWriter(str(folder), output_filename="kept.jsonl", compression=None),
    ]
    LocalPipelineExecutor(pipeline, tasks=1, workers=1, logging_dir=str(folder / "log"), skip_completed=False).run()


def _document(reader: object, row: dict[str, Any], path: str, nth: int | str) -> dict[str, Any]:
    return {"text": "\n".join(texts(row)), "id": str(int(nth) + 1), "metadata": row}


def _rules(path: str) -> dict[str, Any]:
    rules: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    return rules


PEERS: dict[str, Callable[[str, str, str], None]] = {
    "parse": parse,
    "json-re": json_re,
    "presidio": presidio,
    "llm-guard": llm_guard,
    "detect-secrets": detect_secrets,
    "datatrove": datatrove,
}

if __name__ == "__main__":
    PEERS[sys.argv[1]](*sys.argv[2:])
