"""A loaded checkpoint as a causal model (core.ports.CausalModel)."""

from collections.abc import Sequence
from functools import cached_property

from leakguard.core.example import CompletionScore, Example
from leakguard.models.causal.checkpoint import Checkpoint
from leakguard.models.causal.digests import digest_checkpoint
from leakguard.models.causal.sampling import sample_completions
from leakguard.models.causal.scoring import score_tokens
from leakguard.models.causal.throughput import Throughput


class CheckpointModel:
    """Scores and samples completions with a checkpoint; the meter, if there is one, counts sampled tokens."""

    def __init__(self, checkpoint: Checkpoint, meter: Throughput | None = None) -> None:
        self.name = str(checkpoint.folder)
        self._checkpoint, self._meter = checkpoint, meter

    @cached_property
    def digest(self) -> str:
        """SHA-256 of weights, configuration and tokenizer, computed at the first use."""
        return digest_checkpoint(self._checkpoint.folder)

    def score(self, examples: Sequence[Example]) -> list[CompletionScore]:
        """Return the log-probability of each token of each completion, and of the end after it.

        Raises UsageError for an example longer than the model's context, and for a model whose outputs are not finite.
        """
        model = self._checkpoint
        prompts = model.encode_prompts([(example.prompt, example.system) for example in examples])
        completions = [(*ids, model.end_token) for ids in model.encode_completions([example.completion for example in examples])]
        scores = score_tokens(model, list(zip(prompts, completions, strict=True)), share_prefix=True)
        return [CompletionScore(tokens, tuple(values)) for tokens, values in zip(completions, scores, strict=True)]

    def sample(
        self, prompts: Sequence[str], keys: Sequence[tuple[int, int]], *, system: str = "", tokens: int, temperature: float
    ) -> list[str]:
        """Return one completion of at most `tokens` tokens to each prompt; see `sample_completions`."""
        asked = self._checkpoint.encode_prompts([(prompt, system) for prompt in prompts])
        return sample_completions(self._checkpoint, asked, keys, tokens=tokens, temperature=temperature, meter=self._meter)
