"""Are the tokens that a trainer holds those of given rows? The rows are tokenized again, as transformers and trl do it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leakguard.pipeline.gate import Held

IDS, MASK, LABELS, LENGTHS = "input_ids", "attention_mask", "labels", "seq_lengths"
# Columns that say how tokens are used and hold none themselves.
MARKS = frozenset((MASK, LENGTHS, "position_ids", "token_type_ids", "completion_mask", "assistant_masks", "special_tokens_mask", "length"))
COLUMNS = frozenset((IDS, LABELS, *MARKS))
IGNORED = -100
SPEAKERS = {"human": "user", "gpt": "assistant"}
CHUNK = 500


def tokens_held(held: Iterable[Mapping[str, Any]], rows: Iterable[Any], tokenizer: Any) -> Held:
    """How many rows of tokens (`input_ids`, and what belongs to them) are tokens of `rows`, and the first that is not.

    Each of `rows` is tokenized as text, as prompt and completion, with and without the end token, and by the chat template. A
    sequence may be cut at the length of the longest one, padded, or packed with others. What was made in any other way is not
    found, and so is no evidence that the rows are the same.
    """
    asked = [_sequences(row) for row in held]
    longest = max((len(ids) for parts in asked for ids in parts or ()), default=0)
    wanted = {_digest(ids) for parts in asked for ids in parts or ()}
    known: set[bytes] = set()
    for ids in _tokenized(rows, getattr(tokenizer, "tokenizer", tokenizer)):
        whole = (ids,) if len(ids) <= longest else (ids[:longest], ids[-longest:])
        known.update(digest for digest in map(_digest, whole) if digest in wanted)
    strangers = [number for number, parts in enumerate(asked, 1) if not parts or any(_digest(ids) not in known for ids in parts)]
    return Held(len(asked), len(asked) - len(strangers), strangers[0] if strangers else None)


def _sequences(row: Mapping[str, Any]) -> list[NDArray[np.int64]]:
    """The sequences of tokens in one row, without padding; none if its labels are not its own tokens."""
    ids = np.asarray(row[IDS], dtype=np.int64).reshape(-1)
    if row.get(LABELS) is not None:
        labels = np.asarray(row[LABELS], dtype=np.int64).reshape(-1)
        if len(labels) != len(ids) or not np.all((labels == ids) | (labels == IGNORED)):
            return []
    if row.get(MASK) is not None:
        ids = ids[np.asarray(row[MASK]).reshape(-1) != 0]
    if row.get(LENGTHS) is None:
        return [ids]
    ends = np.cumsum(np.asarray(row[LENGTHS], dtype=np.int64))
    return np.split(ids, ends[:-1]) if len(ends) and ends[-1] == len(ids) else []


def _tokenized(rows: Iterable[Any], tokenizer: Any) -> Iterator[NDArray[np.int64]]:
    """Every way to tokenize each row. A way that the tokenizer refuses (it has no chat template, say) is left out."""
    source = iter(rows)
    while chunk := list(islice(source, CHUNK)):
        texts = list(dict.fromkeys(text for row in chunk if isinstance(row, Mapping) for text in _texts(row, tokenizer)))
        for special in (True, False) if texts else ():
            try:
                found = tokenizer(texts, add_special_tokens=special)[IDS]
            except Exception:
                continue
            yield from (np.asarray(ids, dtype=np.int64) for ids in found)
        for row in chunk:
            for messages in _dialogues(row) if isinstance(row, Mapping) else ():
                try:
                    said = tokenizer.apply_chat_template(messages, tools=row.get("tools"), tokenize=True, return_dict=True)
                except Exception:
                    continue
                yield np.asarray(said[IDS], dtype=np.int64).reshape(-1)


def _texts(row: Mapping[str, Any], tokenizer: Any) -> Iterator[str]:
    """Each text of a row, and prompt and completion together, without and with the end token."""
    end = getattr(tokenizer, "eos_token", None) or ""
    texts = [value for value in row.values() if isinstance(value, str)]
    prompt, completion = row.get("prompt"), row.get("completion")
    if isinstance(prompt, str) and isinstance(completion, str):
        texts.append(prompt + completion)
    for text in texts:
        yield text
        if not text.endswith(end):
            yield text + end


def _dialogues(row: Mapping[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """The lists of messages in a row, as a chat template takes them; prompt and completion together too."""
    lists = {key: _messages(value) for key, value in row.items() if isinstance(value, Sequence) and not isinstance(value, str)}
    yield from (messages for messages in lists.values() if messages)
    if lists.get("prompt") and lists.get("completion"):
        yield lists["prompt"] + lists["completion"]


def _messages(value: Sequence[Any]) -> list[dict[str, Any]]:
    """A list of messages with role and content, without keys of no value; an empty one if this is none."""
    out = []
    for message in value:
        if not isinstance(message, Mapping):
            return []
        said = {key: item for key, item in message.items() if item is not None}
        if "from" in said and "value" in said:
            said = {"role": SPEAKERS.get(said["from"], said["from"]), "content": said["value"]}
        if "role" not in said:
            return []
        out.append(said)
    return out


def _digest(ids: NDArray[np.int64]) -> bytes:
    return blake2b(np.ascontiguousarray(ids).tobytes(), digest_size=16).digest()
