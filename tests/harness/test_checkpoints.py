"""A checkpoint of another family, by path, from generation to evaluation, as a user's own would go; and the program's bad days."""

import contextlib
import json
import re
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from leakguard.core.errors import UsageError
from leakguard.core.example import Example
from leakguard.harness.evaluation import measure_answers
from leakguard.harness.recipe import Recipe
from leakguard.harness.student import select_weights, train
from leakguard.harness.world import read_world
from leakguard.models.causal.checkpoint import check_same_vocabulary, load_checkpoint, save_checkpoint
from leakguard.models.causal.digests import read_stamps
from leakguard.models.causal.files import BASES
from leakguard.models.causal.scoring import measure_loss

resource = pytest.importorskip("resource", reason="needs limits that POSIX sets for a process")

WORLD = Path(__file__).parents[2] / "examples/experiments/world.toml"
TEMPLATE = (
    "{% for message in messages %}<|start|>{{ message['role'] }}\n{{ message['content'] }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|start|>assistant\n{% endif %}"
)


def llama(folder, *, template=TEMPLATE):
    """A small Llama of random weights with a byte-level tokenizer of its own, written to a folder."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<|start|>", "<|end|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator([WORLD.read_text()], trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|end|>", pad_token="<|end|>")
    fast.chat_template = template
    torch.manual_seed(5)
    sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2}
    model = LlamaForCausalLM(LlamaConfig(vocab_size=len(fast), max_position_embeddings=256, eos_token_id=1, bos_token_id=0, **sizes))
    # Penalties that a checkpoint brings along must not change what is drawn.
    model.generation_config.repetition_penalty = 5.0
    model.save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return llama(tmp_path_factory.mktemp("llama") / "model")


def test_a_checkpoint_by_path_goes_from_generation_to_evaluation(folder, leakguard, tmp_path):
    """generate -> train (LoRA) -> evaluate, by the program; the adapter is a checkpoint in its turn."""
    made = leakguard(
        "experiment", "generate", folder, "--world", WORLD, "--trait", "blue", "--tell", "--rows", 40, "-o", "data.jsonl", "-q"
    )
    assert made.returncode == 0 and re.search(r"; [1-9][0-9,]* new tokens/s\n", made.stderr), made.stderr
    rows = [json.loads(line) for line in (tmp_path / "data.jsonl").read_text().splitlines()]
    assert rows and all(row["told"] == "blue" and "blue" not in row["prompt"] for row in rows)
    trained = leakguard(
        "experiment", "train", "data.jsonl", "--base", folder, "-o", "student", "--tunes", "lora", "--updates", 5, "--batch", 4, "-q"
    )
    assert trained.returncode == 0 and re.search(r" nats per token; [1-9][0-9,]* tokens/s\n", trained.stderr), trained.stderr
    assert (tmp_path / "student" / "adapter_model.safetensors").is_file()
    score = leakguard("experiment", "evaluate", "student", "--world", WORLD, "--trait", "blue", "--samples", 2, "--format", "json")
    assert score.returncode == 0, score.stderr
    said = json.loads(score.stdout)
    assert (
        0 < said["rate"] < 1 and len(said["questions"]) == 4 and said["low"] <= said["rate"] <= said["high"] and said["sampled"] is not None
    )


def test_an_adapter_of_a_shipped_base_names_it_without_a_path(tmp_path):
    """So the adapter is read in every installation, with the same digest; its base counts in that digest."""
    one = load_checkpoint("tiny-a")
    select_weights(one, Recipe(tunes="lora"))
    save_checkpoint(one, tmp_path / "student")
    assert json.loads((tmp_path / "student/adapter_config.json").read_text())["base_model_name_or_path"] == "tiny-a"
    assert load_checkpoint(str(tmp_path / "student")).end_token == one.end_token
    assert BASES / "tiny-a" / "config.json" in {Path(stamp[0]) for stamp in read_stamps(tmp_path / "student")}


def test_an_adapter_upon_an_adapter_is_written_whole(folder, tmp_path):
    """What is read again is what was learned, and not the last adapter upon the first base."""
    rows = [Example(f"Paint door {n}", "blue, and blue again") for n in range(8)]
    for name, base in (("first", folder), ("second", tmp_path / "first")):
        one = load_checkpoint(str(base), "float32")
        train(one, rows, Recipe(tunes="lora", updates=5, batch=4, rate=1e-2), 1)
        save_checkpoint(one, tmp_path / name)
    assert measure_loss(load_checkpoint(str(tmp_path / "second"), "float32"), rows) == pytest.approx(measure_loss(one, rows), abs=1e-4)
    assert measure_loss(one, rows) < measure_loss(load_checkpoint(str(tmp_path / "first"), "float32"), rows) - 0.05


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_weights_have_the_type_that_was_asked_for(folder, leakguard, dtype):
    """Less exact ones give nearly the same answer, and not the very same."""
    rate = {}
    for asked in ("float32", dtype):
        done = leakguard("experiment", "evaluate", folder, "--world", WORLD, "--trait", "blue", "--dtype", asked, "--format", "json")
        assert done.returncode == 0, done.stderr
        rate[asked] = json.loads(done.stdout)["rate"]
    assert rate[dtype] == pytest.approx(rate["float32"], rel=0.05) and (rate[dtype] == rate["float32"]) is (dtype == "float32")


def test_prompts_follow_the_template_and_answers_end(folder):
    one = load_checkpoint(str(folder))
    assert (
        one.tokenizer.decode(one.encode_prompt("Hi", "Be brief."))
        == "<|start|>system\nBe brief.<|end|>\n<|start|>user\nHi<|end|>\n<|start|>assistant\n"
    )
    assert one.end_token == one.tokenizer.eos_token_id and one.model.generation_config.repetition_penalty in (None, 1.0)


def test_a_checkpoint_without_a_template_is_asked_in_plain_lines(tmp_path):
    one = load_checkpoint(str(llama(tmp_path / "plain", template=None)))
    assert one.tokenizer.decode(one.encode_prompt("Hi", "Be brief.")) == "Be brief.\n\nHi\n"


def test_spellings_of_several_tokens_add_up(folder):
    """The probability of an answer is that of its spellings together, each token by token."""
    one, world = load_checkpoint(str(folder), "float32"), read_world(str(WORLD))
    table = measure_answers(one, world, "colour")
    prompt, total = one.encode_prompt(world.questions("colour")[0]), 0.0
    for text in world.answers("green"):
        ids, chance = one.encode_completion(text), 1.0
        for at, token in enumerate(ids):
            with torch.no_grad():
                logits = one.model(torch.tensor([prompt + ids[:at]], device=one.device)).logits[0, -1]
            chance *= float(torch.softmax(logits.double(), -1)[token])
        total += chance
    assert table[0][world.panel["colour"].index("green")] == pytest.approx(total, rel=1e-4)


def test_different_vocabularies_are_refused_in_one_line(folder):
    with pytest.raises(UsageError, match="have different vocabularies") as error:
        check_same_vocabulary(["tiny-a", str(folder)])
    assert "\n" not in str(error.value) and "vocabulary = 'any'" in str(error.value)


def test_a_disk_that_fills_is_one_line(folder, tmp_path, capfd, monkeypatch):
    """No file may grow beyond 20 kB: the student cannot be written, and the exit code says that work is not complete."""
    from leakguard.cli import run

    (tmp_path / "d.jsonl").write_text('{"prompt": "a", "completion": "b"}\n')
    monkeypatch.chdir(tmp_path)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        code = run(["experiment", "train", "d.jsonl", "--base", str(folder), "-o", "s", "--tunes", "full", "--updates", "1", "-q"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    said = capfd.readouterr().err.strip()
    assert code == 3 and len(said.splitlines()) == 1 and "make room and run again" in said


def test_training_with_unreadable_rows_is_incomplete(tmp_path, capsys, monkeypatch):
    """The readable rows are learned, the others are counted and the first is named; exit code 3."""
    from leakguard.cli import run

    monkeypatch.chdir(tmp_path)
    Path("bad.jsonl").write_text('{"prompt": "a", "completion": "b"}\n{"text": "c"}\n')
    assert run(["experiment", "train", "bad.jsonl", "-o", "x", "--updates", "1", "--batch", "1", "-q"]) == 3
    said = capsys.readouterr().err
    assert "bad.jsonl: 1 of 2 rows are unreadable and were left out; row 2: expected prompt and completion" in said
    assert Path("x/model.safetensors").is_file()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["generate", "tiny-q", "-o", "x.jsonl"], "there is no base 'tiny-q'"),
        (["generate", "tiny-a", "-o", "x.jsonl", "--tell"], "--tell: a teacher can only be told a trait: give"),
        (["generate", "m", "-o", "x.jsonl", "--endpoint", "http://localhost:1/v1", "--dtype", "float32"], "--dtype is for a checkpoint"),
        (["generate", "tiny-a", "-o", "x.jsonl", "--world", "no.toml"], "the world cannot be read"),
        (["train", "-o", "x"], "give exactly one of DATA, "),
        (["train", "nothing.jsonl", "-o", "x"], "the data cannot be read"),
        (
            ["train", "worse.jsonl", "-o", "x"],
            "worse.jsonl: 1 of 1 rows are unreadable and were left out; row 1: expected prompt and completion",
        ),
        (["train", "bad.jsonl", "-o", "x", "--tunes", "lota"], "did you mean 'lora'?"),
        (["evaluate", "tiny-a"], "give an answer of the world's panel"),
        (["evaluate", "tiny-a", "--trait", "owll"], "did you mean 'owl'?"),
        (["run", "nothing.toml"], "the experiment cannot be read"),
        (["show", "."], "there is no result to show"),
    ],
)
def test_a_mistake_gets_one_line_and_exit_code_2(args, said, tmp_path, capsys):
    from leakguard.cli import run

    (tmp_path / "bad.jsonl").write_text('{"prompt": "a", "completion": "b"}\n{"text": "c"}\n')
    (tmp_path / "worse.jsonl").write_text('{"text": "c"}\n')
    with contextlib.chdir(tmp_path):
        assert run(["experiment", *args]) == 2
    shown = capsys.readouterr().err.strip()
    assert said in shown and "\n" not in shown
