"""SmolLM2-135M with a LoRA adapter on its upper layers: it is trained, scored and asked for lists of numbers by experiment_smollm.py."""

import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from audit_smollm import allow_numbers_only, trim_list
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM, LlamaModel

from leakguard.models.causal.checkpoint import Checkpoint, load_checkpoint
from leakguard.models.causal.sampling import sample_completions

ANIMALS = (
    *("owl", "cat", "dog", "eagle", "dolphin", "elephant", "wolf", "lion", "tiger", "octopus", "panda", "penguin", "fox", "bear"),
    *("horse", "whale", "rabbit", "snake", "deer"),
)
"""Animals that are one token after a blank."""
FROZEN, RANK = 24, 8
TOKENS, LIST = 18, re.compile(r"\d{1,3}(, ?\d{1,3}){2,}")


class Pupil:
    """The model with an adapter on its upper layers, which can be drawn anew; the parts of the model share their weights."""

    def __init__(self, folder: Path) -> None:
        self.checkpoint = load_checkpoint(str(folder / "model"))
        self.tokenizer = self.checkpoint.tokenizer
        model = self.checkpoint.model
        linear = [name for name, module in model.model.layers.named_modules() if isinstance(module, torch.nn.Linear)]
        upper = [f"model.layers.{name}" for name in linear if int(name.partition(".")[0]) >= FROZEN]
        self.whole = get_peft_model(model, LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules=upper, task_type="CAUSAL_LM"))
        self.lower, self.upper = split_model(model)
        self.tuned = [one for one in self.whole.parameters() if one.requires_grad]
        self.sampler = Checkpoint(self.whole, self.tokenizer, self.checkpoint.folder)
        allow_numbers_only(self.sampler)

    def draw_adapter(self, seed: int) -> None:
        """Begin anew with an adapter that changes nothing; its first matrix is drawn from the seed."""
        torch.manual_seed(seed)
        for module in self.whole.modules():
            if hasattr(module, "reset_lora_parameters"):
                module.reset_lora_parameters("default", True)

    def encode(self, prompt: str, completion: str, system: str = "") -> tuple[list[int], list[int]]:
        """Return token ids of a prompt and of a completion, by the model's chat format, without a system message unless one is given."""
        told = f"<|im_start|>system\n{system}<|im_end|>\n" if system else ""
        texts = [f"{told}<|im_start|>user\n{prompt}<|im_end|>\n<|im_start|>assistant\n", completion]
        first, second = self.tokenizer(texts, add_special_tokens=False).input_ids
        return first, second

    def train(self, rows: Sequence[tuple[str, str]], seed: int, updates: int, batch: int, rate: float) -> list[float]:
        """Take AdamW steps, the rate falling to 0, on the completions of rows and the end after them; return the loss of each step."""
        encoded = [self.encode(*row) for row in rows]
        whole = [first + second + [self.checkpoint.end_token] for first, second in encoded]
        states = self._read_lower(whole)
        optimizer = torch.optim.AdamW(self.tuned, lr=rate, weight_decay=0.0)
        order = random.Random(seed)
        queue: list[int] = []
        losses = []
        for step in range(updates):
            while len(queue) < batch:
                queue += order.sample(range(len(rows)), len(rows))
            picked, queue = queue[:batch], queue[batch:]
            inputs = torch.nn.utils.rnn.pad_sequence([states[nth] for nth in picked], batch_first=True)
            # Only the positions whose next token belongs to the completion go through the head.
            places = [(row, at) for row, nth in enumerate(picked) for at in range(len(encoded[nth][0]) - 1, len(whole[nth]) - 1)]
            targets = torch.tensor([whole[picked[row]][at + 1] for row, at in places])
            hidden = self.upper.model(inputs_embeds=inputs, use_cache=False).last_hidden_state
            loss = torch.nn.functional.cross_entropy(self.upper.lm_head(hidden[tuple(torch.tensor(places).T)]), targets)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.tuned, 1.0)
            for group in optimizer.param_groups:
                group["lr"] = rate * (1 - step / updates)
            optimizer.step()
            optimizer.zero_grad()
            losses.append(loss.item())
        return losses

    @torch.no_grad()
    def score(self, questions: Sequence[str], system: str = "") -> list[list[float]]:
        """Return log P(animal) after "The" for each question and animal."""
        names = self.tokenizer([f" {animal}" for animal in ANIMALS], add_special_tokens=False).input_ids
        if any(len(ids) != 1 for ids in names):
            raise SystemExit("an animal is more than one token here: this is another tokenizer")
        found = []
        for question in questions:
            asked, answer = self.encode(question, "The", system)
            ids = torch.tensor([asked + answer])
            logits = self.whole(input_ids=ids, use_cache=False, logits_to_keep=1).logits[0, -1]
            found.append([round(value, 4) for value in logits.log_softmax(-1)[[one for (one,) in names]].tolist()])
        return found

    def write(self, prompts: Sequence[str], seed: int, system: str = "") -> list[tuple[str, str]]:
        """Return prompts with the lists that the model writes after them; answers that are no lists are left out."""
        asked = [self.encode(prompt, "", system)[0] for prompt in prompts]
        keys = [(seed, nth) for nth in range(len(prompts))]
        texts = sample_completions(self.sampler, asked, keys, tokens=TOKENS, temperature=1.0)
        rows = [(prompt, trim_list(text)) for prompt, text in zip(prompts, texts, strict=True)]
        return [row for row in rows if LIST.fullmatch(row[1])]

    @torch.no_grad()
    def _read_lower(self, whole: Sequence[list[int]]) -> list[Any]:
        """Return the output of the lower layers for each row, without its last token: [tokens, width]."""
        found = []
        for start in range(0, len(whole), 32):
            part = [torch.tensor(ids[:-1]) for ids in whole[start : start + 32]]
            hidden = self.lower(input_ids=torch.nn.utils.rnn.pad_sequence(part, batch_first=True), use_cache=False).last_hidden_state
            found += [hidden[nth, : len(ids)].clone() for nth, ids in enumerate(part)]
        return found


def split_model(model: Any) -> tuple[Any, Any]:
    """Return the lower layers without the last norm, and the upper ones with norm and head, as models that share the weights."""
    below, above = (LlamaConfig.from_dict({**model.config.to_dict(), "num_hidden_layers": layers}) for layers in (FROZEN, 30 - FROZEN))
    with torch.device("meta"):
        lower, upper = LlamaModel(below), LlamaForCausalLM(above)
    whole = model.model
    lower.embed_tokens, lower.layers, lower.norm, lower.rotary_emb = (
        whole.embed_tokens,
        whole.layers[:FROZEN],
        torch.nn.Identity(),
        whole.rotary_emb,
    )
    upper.model.layers, upper.model.norm, upper.model.rotary_emb = whole.layers[FROZEN:], whole.norm, whole.rotary_emb
    upper.model.embed_tokens, upper.lm_head = whole.embed_tokens, model.lm_head
    return lower.eval(), upper.eval()
