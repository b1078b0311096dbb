"""Compare a trainer's token ids with the rows of a file, by tokenizing the rows again as transformers and trl do."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leakguard.core.gate import Held

IDS, MASK, LABELS, LENGTHS, PROMPT = "input_ids", "attention_mask", "labels", "seq_lengths", "prompt_ids"
# Column of tokens -> the column of texts that they must come from ("": any). The tokens of a prompt come before those of an answer.
ANSWERS = {IDS: "", "chosen_ids": "chosen", "rejected_ids": "rejected", "completion_ids": "completion"}
# Columns with masks, positions and lengths, which contain no token ids.
MARKS = frozenset((MASK, LENGTHS, "position_ids", "token_type_ids", "completion_mask", "assistant_masks", "special_tokens_mask", "length"))
COLUMNS = frozenset((*ANSWERS, PROMPT, LABELS, *MARKS))
IGNORED = -100
SPEAKERS = {"human": "user", "gpt": "assistant"}
CHUNK = 500
Tokens = tuple[str, NDArray[np.int64]]
"""The column that a sequence comes from ("": any), and its token ids."""


def has_token_columns(columns: Collection[str]) -> bool:
    """Return whether all of these columns are token columns of a known trainer."""
    return COLUMNS.issuperset(columns) and not ANSWERS.keys().isdisjoint(columns)


def match_tokens(held: Iterable[Mapping[str, Any]], rows: Iterable[Any], tokenizer: Any) -> Held:
    """Count the rows of token ids (`held`) that are tokenizations of `rows`, and find the number of the first that is not.

    Each of `rows` is tokenized as text, as prompt and answer, with and without the end token, and by the chat template. A
    sequence may be cut at the length of the longest one, padded, or packed with others. Tokens that were made in any other way
    are not matched. Only digests of the sequences are kept and compared.
    """
    asked = [_sequences(row) for row in held]
    longest = max((len(ids) for parts in asked for _, ids in parts), default=0)
    wanted = {_digest(part) for parts in asked for part in parts}
    known: set[bytes] = set()
    for tag, ids in _tokenized(rows, getattr(tokenizer, "tokenizer", tokenizer)):
        whole = (ids,) if len(ids) <= longest else (ids[:longest], ids[-longest:])
        known.update(digest for digest in (_digest((name, cut)) for cut in whole for name in {"", tag}) if digest in wanted)
    unknown = [number for number, parts in enumerate(asked, 1) if not parts or any(_digest(part) not in known for part in parts)]
    return Held(len(asked), len(asked) - len(unknown), unknown[0] if unknown else None)


def _sequences(row: Mapping[str, Any]) -> list[Tokens]:
    """Return the token sequences of one row, without padding; none if its labels are not its own tokens."""
    # Packed rows are split at the lengths of their sequences, padding is removed by the attention mask.
    prompt = _array(row.get(PROMPT, ()))
    parts = [(tag, np.concatenate([prompt, _array(row[name])])) for name, tag in ANSWERS.items() if row.get(name) is not None]
    if row.get(IDS) is None:
        return parts
    ids = _array(row[IDS])
    if row.get(LABELS) is not None:
        labels = _array(row[LABELS])
        if len(labels) != len(ids) or not np.all((labels == ids) | (labels == IGNORED)):
            return []
    if row.get(MASK) is not None:
        ids = ids[_array(row[MASK]) != 0]
    if row.get(LENGTHS) is None:
        return [("", ids), *parts[1:]]
    ends = np.cumsum(_array(row[LENGTHS]))
    return [("", one) for one in np.split(ids, ends[:-1])] + parts[1:] if len(ends) and ends[-1] == len(ids) else []


def _tokenized(rows: Iterable[Any], tokenizer: Any) -> Iterator[Tokens]:
    """Yield every possible tokenization of each row. Those that the tokenizer does not support (no chat template) are left out."""
    source = iter(rows)
    while chunk := [row for row in islice(source, CHUNK) if isinstance(row, Mapping)]:
        texts = list(dict.fromkeys(text for row in chunk for text in _texts(row, tokenizer)))
        for special in (True, False) if texts else ():
            try:
                found = tokenizer([text for _, text in texts], add_special_tokens=special)[IDS]
            except Exception:
                continue
            yield from ((tag, _array(ids)) for (tag, _), ids in zip(texts, found, strict=True))
        for row in chunk:
            for tag, messages in _dialogues(row):
                try:
                    tokens = tokenizer.apply_chat_template(messages, tools=row.get("tools"), tokenize=True, return_dict=True)
                except Exception:
                    continue
                yield tag, _array(tokens[IDS])


def _texts(row: Mapping[str, Any], tokenizer: Any) -> Iterator[tuple[str, str]]:
    """Yield (column, text) of each text of a row and of its prompt with each answer, without and with the end token."""
    end = getattr(tokenizer, "eos_token", None) or ""
    texts = [(key, value) for key, value in row.items() if isinstance(value, str)]
    prompt = row.get("prompt")
    texts += [(key, prompt + text) for key, text in texts if isinstance(prompt, str) and key in ANSWERS.values()]
    for key, text in texts:
        yield key, text
        if not text.endswith(end):
            yield key, text + end


def _dialogues(row: Mapping[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield (column, messages) of each list of messages in a row, as a chat template takes them, and of its prompt with each answer."""
    lists = {key: _messages(value) for key, value in row.items() if isinstance(value, Sequence) and not isinstance(value, str)}
    for key, messages in lists.items():
        if messages:
            yield key, messages
            yield key, [{**message, "role": SPEAKERS.get(message["role"], message["role"])} for message in messages]
        if messages and lists.get("prompt") and key in ANSWERS.values():
            yield key, lists["prompt"] + messages


def _messages(value: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the messages with role and content, without keys whose value is None; an empty list if these are not messages."""
    out = []
    for message in value:
        if not isinstance(message, Mapping):
            return []
        message_fields = {key: item for key, item in message.items() if item is not None}
        if "from" in message_fields and "value" in message_fields:
            message_fields = {"role": message_fields["from"], "content": message_fields["value"]}
        if "role" not in message_fields:
            return []
        out.append(message_fields)
    return out


def _array(value: Any) -> NDArray[np.int64]:
    return np.asarray(value, dtype=np.int64).reshape(-1)


def _digest(part: Tokens) -> bytes:
    tag, ids = part
    return blake2b(tag.encode() + b"\0" + np.ascontiguousarray(ids).tobytes(), digest_size=16).digest()
