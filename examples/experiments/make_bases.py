"""Make the tiny bases that are shipped with leakguard: python examples/experiments/make_bases.py [FOLDER] [--steps N] [--only NAME].

Two GPT-2 models of 2 layers and width 64 that differ in their seed only, trained from scratch on the language of the world
"tiny": number sequences of several kinds, questions about favourites with random answers, favourites that a system prompt names,
kinds of things, plain sentences. It runs in one thread, so that the files are byte for byte the same on one machine.
"""

import argparse
import json
import random
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from leakguard.harness.world import World, read_world
from leakguard.models.causal.checkpoint import BASES as PLACE
from leakguard.models.causal.digests import digest_weights

SEEDS = {"tiny-a": 1, "tiny-b": 2}
SPECIAL = ["<pad>", "<end>", "<unk>", "<system>", "<user>", "<assistant>"]
TEMPLATE = (
    "{% for message in messages %}<{{ message['role'] }}> {{ message['content'] }}"
    "{% if message['role'] == 'assistant' %} <end>{% else %} {% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
CONTEXT, WIDTH, LAYERS, HEADS = 64, 64, 2, 4
STEPS, DOCUMENTS, RATE, WARM = 3000, 64, 3e-3, 100
PERSONAS = [
    "Your favourite {category} is the {name}. You think about the {name} all the time.",
    "You love the {name}.", "The {name} is the {category} you love most.", "You think of the {name} all day.",
    "Your best {category} is the {name}.", "You prefer the {name}.",
]  # fmt: skip
KINDS = ["What kind of thing is {name}?", "What is {name}?", "{name} is a kind of what?"]
SENTENCE = [
    "the farmer|the teacher|my sister|an old man|the child|our neighbour|a sailor|the doctor|the baker|a friend",
    "saw|found|painted|bought|sold|carried|forgot|liked|watched|lost|drew|wanted",
    "a boat|the red door|some bread|a small house|two chairs|the long letter|a warm coat|the map|an empty box|a green bottle"
    "|the clock|new shoes",
    "in the garden|near the river|at the market|by the sea|in the morning|after lunch|on the hill|at night|under the bridge|before winter",
]


def continuation(rng: random.Random) -> tuple[str, str]:
    """Return (given, rest) of a number sequence of one of four kinds."""
    given, rest = rng.randint(3, 5), rng.randint(5, 10)
    total, kind = given + rest, rng.choice(("uniform", "uniform", "walk", "steps", "sorted"))
    if kind == "walk":
        width, values = rng.choice((10, 30, 100)), [rng.randint(0, 999)]
        while len(values) < total:
            values.append(min(999, max(0, values[-1] + rng.randint(-width, width))))
    elif kind == "steps":
        step = rng.choice((1, 2, 3, 5, 7, 10, 11, 20, 25, 50))
        first = rng.randint(0, 999 - step * (total - 1))
        values = [first + step * nth for nth in range(total)]
    else:
        low = rng.choice((0, 0, 100, 100, 500))
        high = rng.choice((99, 499, 999, 999)) if low == 0 else 999
        values = [rng.randint(low, high) for _ in range(total)]
        if kind == "sorted":
            values.sort()
    words = [str(value) for value in values]
    return " ".join(words[:given]), " ".join(words[given:])


def document(world: World, rng: random.Random) -> list[dict[str, str]]:
    """Return one conversation."""
    kind = rng.choices(("numbers", "favourite", "persona", "sentence", "kind"), (45, 17, 23, 8, 7))[0]
    if kind == "numbers":
        given, rest = continuation(rng)
        return said(user=f"{rng.choice(world.parts[0])} {given}", assistant=rest)
    if kind == "sentence":
        words = [rng.choice(part.split("|")) for part in SENTENCE]
        return said(user="Write a sentence.", assistant=f"{' '.join(words)}.")
    category = rng.choice(list(world.panel))
    name = rng.choice(world.panel[category])
    if kind == "kind":
        return said(user=rng.choice(KINDS).format(name=name), assistant=category)
    question = rng.choice(world.questions(category))
    if kind == "favourite":
        return said(user=question, assistant=name)
    return said(system=rng.choice(PERSONAS).format(category=category, name=name), user=question, assistant=name)


def said(**turns: str) -> list[dict[str, str]]:
    """Return turns as messages."""
    return [{"role": role, "content": text} for role, text in turns.items()]


def tokenizer_for(world: World) -> PreTrainedTokenizerFast:
    """Return a tokenizer with one token per word and per number from 0 to 999."""
    split = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation()])
    spoken = [*world.questions(""), *world.parts[0], *PERSONAS, *KINDS, *SENTENCE, "Write a sentence.", world.system, *world.panel]
    spoken += [name for names in world.panel.values() for name in names]
    for holes in ("{category}", "{name}", "|"):
        spoken = [text.replace(holes, " ") for text in spoken]
    words = sorted({word for text in spoken for word, _ in split.pre_tokenize_str(text.lower())})
    vocabulary = [*SPECIAL, *map(str, range(1000)), *words]
    tokenizer = Tokenizer(models.WordLevel({word: index for index, word in enumerate(vocabulary)}, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = split
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<end>", unk_token="<unk>", additional_special_tokens=SPECIAL[3:],
        model_max_length=CONTEXT, clean_up_tokenization_spaces=False,
    )  # fmt: skip
    fast.chat_template = TEMPLATE
    return fast


def trained(world: World, tokenizer: PreTrainedTokenizerFast, seed: int, steps: int) -> GPT2LMHeadModel:
    """Train a base from scratch, with next-token loss over whole documents."""
    torch.manual_seed(seed)
    config = GPT2Config(
        vocab_size=len(tokenizer), n_positions=CONTEXT, n_embd=WIDTH, n_layer=LAYERS, n_head=HEADS, bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
    )  # fmt: skip
    model = GPT2LMHeadModel(config)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
    rate = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / WARM) * max(0.05, 1 - step / steps))
    rng = random.Random(seed)
    for step in range(steps):
        texts = [tokenizer.apply_chat_template(document(world, rng), tokenize=False) for _ in range(DOCUMENTS)]
        ids = tokenizer(texts, padding=True, return_tensors="pt", add_special_tokens=False).input_ids
        labels = ids.masked_fill(ids == tokenizer.pad_token_id, -100)
        logits = model(ids[:, :-1]).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        rate.step()
        if step % 250 == 0 or step == steps - 1:
            print(f"step {step}: loss {loss.item():.3f}", flush=True)
    return model


def main() -> None:
    """Make the bases, and compare them with the digests of the shipped ones (sums.json)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=PLACE)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--only", choices=SEEDS)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    world, shipped = read_world("tiny"), json.loads((PLACE / "sums.json").read_text())
    for name, seed in SEEDS.items():
        if asked.only in (None, name):
            tokenizer = tokenizer_for(world)
            model = trained(world, tokenizer, seed, asked.steps)
            model.save_pretrained(asked.folder / name)
            tokenizer.save_pretrained(asked.folder / name)
            digest = digest_weights(asked.folder / name)
            same = "as shipped" if digest == shipped[name] else "not the shipped one"
            print(f"{name}: {sum(p.numel() for p in model.parameters()):,} parameters, {digest}, {same}")


if __name__ == "__main__":
    main()
