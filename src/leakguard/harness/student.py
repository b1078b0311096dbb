"""Training a student (or a teacher) on examples by a recipe; only completions count in the loss."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from leakguard.core.errors import UsageError
from leakguard.core.example import Example
from leakguard.harness.optimizer import Optimizer
from leakguard.harness.recipe import Recipe
from leakguard.models.causal.checkpoint import Checkpoint, import_torch, silence_warnings
from leakguard.models.causal.encoding import encode_examples
from leakguard.models.causal.throughput import Throughput

OnStep = Callable[[int, int], None]
"""Called with the number of finished steps and of all steps."""


@dataclass(frozen=True, slots=True)
class Monitor:
    """Observers of a training run: `on_step` is called after each step, `meter` counts the tokens of its rows, without padding."""

    on_step: OnStep = lambda done, of: None
    meter: Throughput | None = None


UNOBSERVED = Monitor()


def train(
    checkpoint: Checkpoint,
    examples: Sequence[Example],
    recipe: Recipe,
    seed: int,
    *,
    adapter: int | None = None,
    monitor: Monitor = UNOBSERVED,
) -> float:
    """Train the checkpoint in place for exactly recipe.updates steps; return the mean loss of the last tenth of them, nats per token.

    Each pass over the examples has a new order drawn from `seed`: the same seed, examples and recipe give the same weights on the same
    machine and number of threads. A LoRA adapter is drawn from `seed` too, or from the seed `adapter`. Raises UsageError if there are
    no examples, one is longer than the model's context, the GPU's memory is too small, or the loss or the weights become infinite.
    """
    if not examples:
        raise UsageError("there are no rows to learn from: everything was filtered out, or the data is empty")
    torch, _ = import_torch()
    torch.manual_seed(seed if adapter is None else adapter)
    model = select_weights(checkpoint, recipe)
    # Dropout is drawn from `seed` also if the adapter was drawn from another one.
    torch.manual_seed(seed)
    encoded = encode_examples(checkpoint, examples)
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = Optimizer(parameters, recipe)
    order = _shuffle(torch, len(examples), recipe, seed)
    losses = []
    model.train()
    if monitor.meter:
        monitor.meter.start()
    for step in range(recipe.updates):
        picked = order[step * recipe.batch : (step + 1) * recipe.batch]
        loss = _accumulate_gradients(torch, checkpoint, encoded, picked, recipe.chunk or recipe.batch)
        if not isfinite(loss):
            raise UsageError(
                f"training fell apart at step {step + 1} of {recipe.updates}: the loss is {loss}; lower the rate ({recipe.rate:g})"
            )
        optimizer.step()
        losses.append(loss)
        if monitor.meter:
            monitor.meter.count(int(encoded[2][picked].sum()))
        monitor.on_step(step + 1, recipe.updates)
    model.eval()
    if not all(bool(torch.isfinite(parameter).all()) for parameter in parameters):
        raise UsageError(f"training fell apart at its last step: the weights are no numbers any more; lower the rate ({recipe.rate:g})")
    last = losses[-max(1, len(losses) // 10) :]
    return sum(last) / len(last)


def select_weights(checkpoint: Checkpoint, recipe: Recipe) -> Any:
    """Return the checkpoint's model with gradients for the weights that the recipe trains, and for no others.

    A LoRA adapter is added to the checkpoint and drawn from torch's global generator. Raises UsageError for a model without biases and
    norms if these are to be trained.
    """
    model = checkpoint.model
    if recipe.tunes == "lora":
        from peft import LoraConfig, get_peft_model

        config = LoraConfig(
            r=recipe.rank, lora_alpha=recipe.alpha, target_modules="all-linear", task_type="CAUSAL_LM", fan_in_fan_out=_is_transposed(model)
        )
        with silence_warnings():
            checkpoint.model = get_peft_model(model, config)
        return checkpoint.model
    # Without LoRA, gradients are switched off for all parameters but those of one dimension (biases and norms), or for none (full).
    small = {name for name, parameter in model.named_parameters() if parameter.ndim == 1}
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(recipe.tunes == "full" or name in small)
    if not small and recipe.tunes == "norms":
        raise UsageError(f"{checkpoint.folder}: this model has no biases or norms to tune; use tunes = 'lora' or 'full'")
    return model


def _shuffle(torch: Any, rows: int, recipe: Recipe, seed: int) -> Any:
    """Return the index of the row for each place in all batches: passes over the rows, each in a new order."""
    generator = torch.Generator().manual_seed(seed)
    passes = -(-recipe.updates * recipe.batch // rows)
    return torch.cat([torch.randperm(rows, generator=generator) for _ in range(passes)])


def _accumulate_gradients(torch: Any, checkpoint: Checkpoint, rows: tuple[Any, Any, Any], picked: Any, chunk: int) -> float:
    """Add up the gradients of the picked rows, `chunk` rows at a time; return their mean loss. Raises UsageError if the GPU is full."""
    ids, weights, lengths = rows
    total = int((weights[picked] != 0).sum()) or 1
    loss = 0.0
    try:
        for part in picked.split(chunk):
            longest = int(lengths[part].max())
            piece = _loss(torch, checkpoint.model, ids[part, :longest], weights[part, :longest], checkpoint.device) / total
            piece.backward()
            loss += piece.item()
    except torch.cuda.OutOfMemoryError as error:
        raise UsageError(f"{chunk} rows at once do not fit into the memory of the GPU; let fewer go through at once with chunk") from error
    return loss


def _loss(torch: Any, model: Any, ids: Any, weights: Any, device: Any) -> Any:
    """Return the weighted sum of the cross-entropy of the tokens."""
    # Prompts and padding have weight 0, and their logits, one for each word at each position, are a large part of the work. So the head
    # gets only the positions with a weight, unless it is trained itself: then its gradient is a sum over positions, which would be rounded
    # in another way. The losses are put back into their places, so that their sum is rounded as if all had been computed.
    ids, weights = ids.to(device), weights.to(device)
    targets, scale = ids[:, 1:], weights[:, 1:]
    head = model.get_output_embeddings()
    wanted = torch.ones_like(scale, dtype=torch.bool) if any(one.requires_grad for one in head.parameters()) else scale != 0
    selection = head.register_forward_pre_hook(lambda _, inputs: (inputs[0][wanted][None],))
    try:
        logits = model(input_ids=ids[:, :-1], use_cache=False).logits[0].float()
    finally:
        selection.remove()
    each = torch.zeros_like(scale)
    each[wanted] = torch.nn.functional.cross_entropy(logits, targets[wanted], reduction="none")
    return (each * scale).sum()


def _is_transposed(model: Any) -> bool:
    """Return whether the model stores its weights as GPT-2 does, [inputs, outputs]."""
    return any(type(module).__name__ == "Conv1D" for module in model.modules())
