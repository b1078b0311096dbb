"""A causal language model on this machine, through transformers: one call at a time, greedy, weights in safetensors only."""

from threading import Lock
from typing import Any

from leakguard.core.chat import Answer, Question, Unanswered, Usage
from leakguard.core.errors import MissingExtra, UsageError
from leakguard.distribution import install
from leakguard.models.openai import MOST_TOKENS


class LocalChat:
    """Loads a folder with a checkpoint and its tokenizer. Raises MissingExtra, and UsageError for a folder that holds none."""

    def __init__(self, folder: str) -> None:
        try:
            import torch
            from transformers import AutoModelForCausalLM, AutoTokenizer
        except ModuleNotFoundError as error:
            raise MissingExtra(f"--judge-model: a local model needs the extra 'harness': {install('harness')}") from error
        self.name = f"local:{folder}"
        self._torch = torch
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
            model: Any = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, trust_remote_code=False, use_safetensors=True)
        except (OSError, ValueError, KeyError) as error:
            raise UsageError(f"--judge-model local:{folder}: no causal model can be loaded from there: {_first_line(error)}") from error
        self._model = model.eval().to("cuda" if torch.cuda.is_available() else "cpu")
        self._one_by_one = Lock()

    def ask(self, question: Question) -> Answer:
        """The greedy reply of at most MOST_TOKENS tokens. Raises Unanswered for a question that does not fit the model."""
        ids = self._ids(question)
        most = getattr(self._model.config, "max_position_embeddings", None)
        if most and ids.shape[1] + MOST_TOKENS > most:
            raise Unanswered(f"the record does not fit into the model: {ids.shape[1]} tokens and a reply, of {most}")
        with self._one_by_one, self._torch.inference_mode():
            out = self._model.generate(
                ids, attention_mask=self._torch.ones_like(ids), do_sample=False, max_new_tokens=MOST_TOKENS,
                pad_token_id=self._tokenizer.eos_token_id or 0, output_scores=question.probabilities, return_dict_in_generate=True,
            )  # fmt: skip
        new = out.sequences[0, ids.shape[1] :]
        ended = new.tolist()[-1:] == [self._tokenizer.eos_token_id]
        spoken = new[:-1] if ended else new
        tokens = self._tokens(spoken, out.scores) if question.probabilities else ()
        text = "".join(token for token, _ in tokens) if tokens else self._tokenizer.decode(spoken, skip_special_tokens=True)
        return Answer(text, "stop" if ended else "length", usage=Usage(ids.shape[1], len(new)), tokens=tokens)

    def _ids(self, question: Question) -> Any:
        """The question in the model's own chat template, or in plain words if it has none; a record holds no template tokens."""
        if self._tokenizer.chat_template:
            messages = [{"role": "system", "content": question.system}, {"role": "user", "content": question.user}]
            text = self._tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        else:
            text = f"{question.system}\n\n{question.user}\n"
        ids = self._tokenizer(text, return_tensors="pt", add_special_tokens=not self._tokenizer.chat_template)["input_ids"]
        return ids.to(self._model.device)

    def _tokens(self, spoken: Any, scores: Any) -> tuple[tuple[str, float], ...]:
        found = []
        for token, score in zip(spoken.tolist(), scores, strict=False):
            logprob = self._torch.log_softmax(score[0].float(), dim=-1)[token].item()
            found.append((self._tokenizer.decode([token]), logprob))
        return tuple(found)


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0][:200]
