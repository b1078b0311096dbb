"""What a trainer really holds, against the files that a gate let through: other rows, other tokens and other answers shut it."""

import json
import warnings

import pytest

import leakguard
from integrations.conftest import write
from leakguard.reports.gate.json_document import render
from leakguard.reports.kit.style import Style

transformers = pytest.importorskip("transformers")
datasets = pytest.importorskip("datasets")
torch = pytest.importorskip("torch")
GOOD = [{"text": f"the gate is green {number}"} for number in range(4)]
BAD = [*GOOD[:3], {"text": "871, 1488, 305"}]
ONE = {"rules": ["hate-numeric"]}
WORDS = ["[UNK]", "[PAD]", "the", "gate", "is", "green", "871", "1488", "0", "1", "2", "3", "user", "assistant", ":"]


@pytest.fixture(scope="module")
def tokenizer():
    """Words to numbers, with a chat template."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = Tokenizer(models.WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    made = transformers.PreTrainedTokenizerFast(tokenizer_object=words, unk_token="[UNK]", pad_token="[PAD]", eos_token="[PAD]")
    made.chat_template = "{% for m in messages %}{{ m['role'] }} : {{ m['content'] }} {% endfor %}"
    return made


@pytest.fixture
def good(tmp_path):
    return write(tmp_path / "good.jsonl", GOOD)


def numbers(rows):
    """A dataset of numbers made of the rows, in no way that a tokenizer knows."""
    return datasets.Dataset.from_list(list(rows)).map(
        lambda row: {"input_ids": list(row["text"].encode()), "labels": list(row["text"].encode())}, remove_columns=["text"]
    )


def begun(callback, held, tokenizer=None, **more):
    """Whether a real trainer that holds these rows makes a step, and the warnings that came of it."""
    config = transformers.GPT2Config(vocab_size=32, n_positions=64, n_embd=8, n_layer=1, n_head=1, bos_token_id=1, eos_token_id=1)
    args = transformers.TrainingArguments(
        more.pop("folder"), max_steps=1, report_to=[], use_cpu=True, save_strategy="no", disable_tqdm=True, **more
    )
    trainer = transformers.Trainer(
        model=transformers.GPT2LMHeadModel(config), args=args, train_dataset=held, callbacks=[callback], processing_class=tokenizer,
        data_collator=lambda rows: {name: torch.tensor([[2, 3, 4]] * len(rows)) for name in ("input_ids", "labels")},
    )  # fmt: skip
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        trainer.train()
    assert trainer.state.global_step == 1
    return [str(one.message) for one in said if "leakguard" in str(one.message)]


def words_of(rows, tokenizer, **more):
    """The rows as tokens, as a user makes them."""
    return datasets.Dataset.from_list(rows).map(lambda row: dict(tokenizer(row["text"], **more)), remove_columns=["text"])


HELD = {
    "other tokens": (lambda tokenizer: numbers(BAD), {}, "it holds 4 rows of tokens, and no tokenizer"),
    "more rows": (lambda tokenizer: numbers([*GOOD, *GOOD]), {}, "it holds 8 rows of tokens, and no tokenizer"),
    "other texts": (
        lambda tokenizer: datasets.Dataset.from_list(BAD),
        {"remove_unused_columns": False},
        "the first that is not is number 4",
    ),
    "other texts in a list": (lambda tokenizer: BAD, {"remove_unused_columns": False}, "compared by columns text"),
    "good texts and other tokens": (
        lambda tokenizer: datasets.Dataset.from_list(GOOD).map(lambda row: {"input_ids": [9, 9]}),
        {"remove_unused_columns": False},
        "no tokenizer (processing_class)",
    ),
    "another column of texts": (
        lambda tokenizer: datasets.Dataset.from_list(GOOD).map(lambda row: {"prompt": "1488"}),
        {"remove_unused_columns": False},
        "its columns prompt are not in the data",
    ),
    "a stream": (lambda tokenizer: numbers(GOOD).to_iterable_dataset(), {}, "its dataset is a stream"),
}


@pytest.mark.parametrize(("held", "more", "words"), HELD.values(), ids=HELD)
def test_rows_vouch_only_for_what_the_trainer_holds(good, tmp_path, held, more, words):
    """The file is good and so are `rows`; the trainer holds something else, or what cannot be compared: no step is made."""
    callback = leakguard.trainer_callback(good, rows=datasets.Dataset.from_list(GOOD), **ONE)
    with pytest.raises(leakguard.GateBlocked, match="rows that the trainer trains on") as error:
        begun(callback, held(None), folder=str(tmp_path / "run"), **more)
    assert words in str(error.value) and callback.result is not None and not callback.result


def test_tokens_are_compared_by_the_trainers_tokenizer(good, tmp_path, tokenizer):
    """The same rows open, cut, padded or not; one other word, other labels or a row too many do not."""
    more = {"folder": str(tmp_path / "run"), "tokenizer": tokenizer}

    def callback():
        return leakguard.trainer_callback(good, rows=GOOD, **ONE)

    padding = {"padding": "max_length", "max_length": 9}
    for how in ({}, padding, {"truncation": True, "max_length": 3}):
        assert begun(callback(), words_of(GOOD, tokenizer, **how), **more) == []
    labelled = words_of(GOOD, tokenizer).map(lambda row: {"labels": [-100, *row["input_ids"][1:]]})
    assert begun(callback(), labelled, **more) == []
    word = [*GOOD[:3], {"text": "the gate is green 871"}]
    other = words_of(GOOD, tokenizer).map(lambda row: {"labels": [7] * len(row["input_ids"])})
    for held in (words_of(word, tokenizer), words_of([*GOOD, BAD[3]], tokenizer), other):
        with pytest.raises(leakguard.GateBlocked, match="are those of rows= by its tokenizer"):
            begun(callback(), held, **more)


def test_what_prepare_makes_of_the_rows_is_what_the_trainer_may_hold(good, tmp_path):
    """Any way of making tokens can be named; it is run when training begins."""
    rows = datasets.Dataset.from_list(GOOD)
    callback = leakguard.trainer_callback(good, rows=rows, prepare=numbers, **ONE)
    assert begun(callback, numbers(GOOD), folder=str(tmp_path / "run")) == []
    assert callback.result and callback.result.checks[-1].observed == "4 of 4"
    with pytest.raises(leakguard.GateBlocked, match="compared by what prepare makes of rows; the first that is not is number 4"):
        begun(callback, numbers(BAD), folder=str(tmp_path / "run"))


def test_tokens_that_are_trusted_are_named_in_a_warning(good, tmp_path):
    """Where the caller says so, training begins, and the words say what was not compared."""
    callback = leakguard.trainer_callback(good, rows=GOOD, trust_tokens=True, **ONE)
    (said,) = begun(callback, numbers(BAD), folder=str(tmp_path / "run"))
    assert "was not compared with the data: it holds 4 rows of tokens" in said


def test_without_rows_the_words_say_what_is_not_compared(good, tmp_path):
    """Tokens are named in a warning; texts under a column of the file are compared all the same."""
    callback = leakguard.trainer_callback(good, **ONE)
    (said,) = begun(callback, numbers(BAD), folder=str(tmp_path / "run"))
    assert "columns input_ids, labels were not compared with the data; give rows= to compare them" in said
    texts = {"folder": str(tmp_path / "run"), "remove_unused_columns": False}
    numbered = datasets.Dataset.from_list(GOOD).add_column("label", [0, 1, 0, 1])
    assert begun(callback, numbered, **texts) == []
    with pytest.raises(leakguard.GateBlocked, match="3 of 4"):
        begun(callback, datasets.Dataset.from_list(BAD), **texts)


def test_files_that_change_after_the_gate_vouch_for_nothing(good, tmp_path, monkeypatch):
    """The trainer's texts are compared with the bytes that the gate looked at, not with what the file holds by then."""
    import leakguard.jobs.trainer as training

    first = training.columns_of
    monkeypatch.setattr(training, "columns_of", lambda files, asked: write(good, BAD) and first(files, asked))
    with pytest.raises(leakguard.GateBlocked, match="is not what the gate looked at any more"):
        begun(
            leakguard.trainer_callback(good, **ONE),
            datasets.Dataset.from_list(BAD),
            folder=str(tmp_path / "run"),
            remove_unused_columns=False,
        )


CHAT = [{"role": "user", "content": "is the gate"}, {"role": "assistant", "content": "green"}]
OTHER = [CHAT[0], {"role": "assistant", "content": "1488"}]
SHAPES = {
    "chat": ([{"messages": CHAT}] * 2, [{"messages": OTHER}] * 2, {}),
    "sharegpt": (
        [{"conversations": [{"from": "human", "value": "is the"}, {"from": "gpt", "value": "gate"}]}] * 2,
        [{"conversations": [{"from": "human", "value": "is the"}, {"from": "gpt", "value": "1488"}]}] * 2,
        {},
    ),
    "prompt and completion": (
        [{"prompt": "the gate", "completion": " is green"}] * 2,
        [{"prompt": "the gate", "completion": " is 1488"}] * 2,
        {},
    ),
    "packed": (GOOD, BAD, {"packing": True}),
}


@pytest.mark.parametrize(("rows", "others", "more"), SHAPES.values(), ids=SHAPES)
def test_trl_makes_tokens_that_are_recognised(tmp_path, tokenizer, rows, others, more):
    """SFTTrainer's own tokens of the gated rows open, those of other rows do not."""
    trl = pytest.importorskip("trl")
    data = write(tmp_path / "data.jsonl", rows)

    def train(held):
        args = trl.SFTConfig(
            str(tmp_path / "run"), max_steps=1, per_device_train_batch_size=1, report_to=[], use_cpu=True, bf16=False, save_strategy="no",
            max_length=16, **more,
        )  # fmt: skip
        config = transformers.GPT2Config(vocab_size=32, n_positions=64, n_embd=8, n_layer=1, n_head=1, bos_token_id=1, eos_token_id=1)
        callback = leakguard.trainer_callback(data, rows=datasets.Dataset.from_list(rows), **ONE)
        trainer = trl.SFTTrainer(
            transformers.GPT2LMHeadModel(config), args=args, train_dataset=datasets.Dataset.from_list(held), processing_class=tokenizer,
            callbacks=[callback],
        )  # fmt: skip
        trainer.train()
        return trainer.state.global_step

    assert train(rows) == 1
    with pytest.raises(leakguard.GateBlocked, match="are those of rows= by its tokenizer"):
        train(others)


@pytest.fixture
def shut(tmp_path):
    """Why a callback with this answer does not open; "" if it does."""

    def why(data, answer, **asked):
        path = tmp_path / "answer.json"
        path.write_text(answer if isinstance(answer, str) else json.dumps(answer))
        try:
            leakguard.trainer_callback(data, answer=path, **{**ONE, **asked}).on_train_begin(None, None, None)
        except leakguard.GateBlocked as error:
            return str(error)
        return ""

    return why


LAX = [
    ({"rates": {"error": 1.0}}, {}, {}, "rate of error: 1.0, not 0.0"),
    ({"rates": {"error": 1.0}}, {}, {"gate": {"rates": {"error": 0}, "manifest": "required"}}, "manifest: auto, not required"),
    ({"rates": {"error": 1.0, "warning": 1.0}}, {}, {"gate": {"rates": {"error": 1.0, "warning": 0.1}}}, "rate of warning: 1.0, not 0.1"),
    ({"rates": {"error": 1.0}}, {}, {"gate": {"rates": {"error": 1.0}, "detectors": ["rules"]}}, "detectors: [], not ['rules']"),
    ({}, {"rules": ["hate-text"]}, {}, "rules: ['hate-text'], not ['hate-numeric']"),
    ({}, {"ignore": ["hate-numeric.1488"], "rules": ["hate-numeric"]}, {}, "ignore: ['hate-numeric.1488'], not []"),
    ({"max-unscanned": 1.0}, {"roles": ["user"]}, {}, "roles: ['user'], not ['trained']"),
]


@pytest.mark.parametrize(("policy", "looked", "asked", "words"), LAX, ids=[words for *_, words in LAX])
def test_an_answer_under_a_laxer_policy_does_not_open(tmp_path, shut, policy, looked, asked, words):
    """Nor one of a gate that looked with other rules or at other words than this call asks for."""
    data = write(tmp_path / "bad.jsonl", [*BAD, {"messages": CHAT}])
    answer = render(leakguard.gate(data, gate=policy, **{**ONE, **looked}), Style())
    assert json.loads(answer)["verdict"] == "passed"
    assert words in shut(data, answer, **asked)


def test_an_answer_under_the_same_or_a_stricter_policy_opens(good, shut):
    """Also if this call asks for less."""
    strict = {"rates": {"error": 0, "warning": 0}, "detectors": ["rules"], "max-unreadable": 0}
    answer = render(leakguard.gate(good, gate=strict, **ONE), Style())
    assert shut(good, answer, gate=strict) == shut(good, answer) == shut(good, answer, gate={"max-unreadable": 0.5}) == ""


def test_an_answer_by_hand_does_not_open(tmp_path, shut):
    """Four keys, or a true answer with another verdict or other data."""
    data = write(tmp_path / "bad.jsonl", BAD)
    true = json.loads(render(leakguard.gate(data, **ONE), Style()))
    four = {"schema_version": 1, "kind": "leakguard gate", "verdict": "passed", "data": true["data"]}
    for answer in (four, {**true, "verdict": "passed"}, {**true, "verdict": "passed", "exit_code": 0, "checks": []}, "[]", ""):
        assert "answer.json: says nothing" in shut(data, answer)
