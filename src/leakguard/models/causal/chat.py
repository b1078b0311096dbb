"""A causal language model in a folder as a chat model: one call at a time, greedy decoding, weights in safetensors only."""

from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

from leakguard.core.chat import ChatAnswer, Question, Unanswered, Usage
from leakguard.core.errors import MissingExtra, UsageError
from leakguard.core.version import install
from leakguard.models.causal.chat_templates import render_chats
from leakguard.models.causal.digests import Stamp, digest_checkpoint, read_stamps
from leakguard.models.causal.files import find_folder
from leakguard.models.causal.loading import Finite, load_causal
from leakguard.models.endpoint.openai import MOST_TOKENS

# Hexadecimal digits of the digest in the name of a model.
_DIGITS = 32


class LocalChat:
    """A chat model from a folder with a checkpoint and its tokenizer. Its name has a digest of them, and so have its cached answers' keys.

    Raises MissingExtra, and UsageError for a folder that cannot be loaded.
    """

    def __init__(self, folder: str) -> None:
        try:
            import torch
            from transformers.utils import logging
        except ModuleNotFoundError as error:
            raise MissingExtra(f"`judge-model`: a local model needs the extra 'harness': {install('harness')}") from error
        self._folder = Path(folder)
        self._torch = torch
        quiet: Any = logging
        quiet.set_verbosity_error()
        quiet.disable_progress_bar()
        try:
            stamps: tuple[Stamp, ...] = ()
            # An adapter without its base is refused below, with the reason.
            with suppress(ValueError):
                stamps = read_stamps(self._folder)
            model, self._tokenizer = load_causal(self._folder, None, _find_base)
            self._render("Is this clear?", "Yes.")
            self.name = f"local:{folder}@sha256:{digest_checkpoint(self._folder)[:_DIGITS]}"
        except (UsageError, OSError, ValueError) as error:
            raise UsageError(f"`judge-model` local:{folder}: no causal model can be loaded from there: {error}") from error
        if read_stamps(self._folder) != stamps:
            raise UsageError(f"`judge-model` local:{folder}: its files changed while it was loaded; run again")
        self._model = model.eval().to("cuda" if torch.cuda.is_available() else "cpu")
        self._one_by_one = Lock()

    def ask(self, question: Question) -> ChatAnswer:
        """Return the greedy reply of at most MOST_TOKENS tokens. Raises Unanswered for a question longer than the model's context."""
        ids = self._encode(question)
        most = getattr(self._model.config, "max_position_embeddings", None)
        if most and ids.shape[1] + MOST_TOKENS > most:
            raise Unanswered(f"the record does not fit into the model: {ids.shape[1]} tokens and a reply, of {most}")
        try:
            out = self._generate(ids, question.probabilities)
        except UsageError as error:
            raise Unanswered(str(error)) from error
        new = out.sequences[0, ids.shape[1] :]
        ended = new.tolist()[-1:] == [self._tokenizer.eos_token_id]
        spoken = new[:-1] if ended else new
        tokens = self._score_tokens(spoken, out.scores) if question.probabilities else ()
        text = "".join(token for token, _ in tokens) if tokens else self._tokenizer.decode(spoken, skip_special_tokens=True)
        return ChatAnswer(text, "stop" if ended else "length", usage=Usage(ids.shape[1], len(new)), tokens=tokens)

    def _generate(self, ids: Any, probabilities: bool) -> Any:
        """Generate the reply's tokens. Raises UsageError if the outputs are not finite."""
        with self._one_by_one, self._torch.inference_mode():
            return self._model.generate(
                ids, attention_mask=self._torch.ones_like(ids), do_sample=False, max_new_tokens=MOST_TOKENS,
                pad_token_id=self._tokenizer.eos_token_id or 0, output_scores=probabilities, return_dict_in_generate=True,
                logits_processor=[Finite(self._folder)],
            )  # fmt: skip

    def _encode(self, question: Question) -> Any:
        """Return token ids of the question. Raises Unanswered if the chat template refuses it."""
        try:
            text = self._render(question.system, question.user)
        except UsageError as error:
            raise Unanswered(str(error)) from error
        ids = self._tokenizer(text, return_tensors="pt", add_special_tokens=not self._tokenizer.chat_template)["input_ids"]
        return ids.to(self._model.device)

    def _render(self, system: str, user: str) -> str:
        """Return the question in the model's chat template, or as plain text; special tokens in a record are not interpreted."""
        if self._tokenizer.chat_template:
            messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
            return render_chats(self._folder, self._tokenizer, [messages])[0]
        return f"{system}\n\n{user}\n"

    def _score_tokens(self, spoken: Any, scores: Any) -> tuple[tuple[str, float], ...]:
        """Return each token with its log-probability."""
        found = []
        for token, score in zip(spoken.tolist(), scores, strict=False):
            logprob = self._torch.log_softmax(score[0].float(), dim=-1)[token].item()
            found.append((self._tokenizer.decode([token]), logprob))
        return tuple(found)


def _find_base(name: str) -> Path:
    """Return the folder of an adapter's base. Raises UsageError."""
    base = find_folder(name)
    if base is None:
        raise UsageError(f"the adapter's base {name!r} is no folder; nothing is downloaded")
    return base
