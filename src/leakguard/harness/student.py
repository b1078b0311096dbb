"""Students: a checkpoint learns rows by a recipe; losses are on completions only."""

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

from leakguard.core.errors import UsageError
from leakguard.core.example import Example
from leakguard.harness.optimizer import Optimizer
from leakguard.harness.recipe import Recipe
from leakguard.models.causal.checkpoint import Checkpoint, import_torch, quiet_libraries
from leakguard.models.causal.encoding import encode_examples
from leakguard.models.causal.throughput import Throughput

OnStep = Callable[[int, int], None]


def train(
    checkpoint: Checkpoint,
    rows: Sequence[Example],
    recipe: Recipe,
    seed: int,
    on_step: OnStep = lambda done, of: None,
    *,
    adapter: int | None = None,
    meter: Throughput | None = None,
) -> float:
    """Train the checkpoint in place for exactly recipe.updates steps; the mean loss of the last tenth of them, nats per token.

    Every pass over the rows is a new order drawn from the seed: the same seed, rows and recipe give the same weights on the same
    machine and thread count. A new LoRA adapter is drawn from the seed too, or from the seed `adapter`. The meter counts the tokens
    of the rows of every step, without padding. Raises UsageError where there are no rows, a row is too long for the model, the
    memory of the GPU does not do, or training falls apart.
    """
    if not rows:
        raise UsageError("there are no rows to learn from: everything was filtered out, or the data is empty")
    torch, _ = import_torch()
    torch.manual_seed(seed if adapter is None else adapter)
    model = select_weights(checkpoint, recipe)
    # What a model with dropout leaves out is drawn from the seed whatever its adapter was drawn from.
    torch.manual_seed(seed)
    ids, weights, lengths = encode_examples(checkpoint, rows)
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = Optimizer(parameters, recipe)
    order = _order(torch, len(rows), recipe, seed)
    losses = []
    model.train()
    if meter:
        meter.start()
    for step in range(recipe.updates):
        picked = order[step * recipe.batch : (step + 1) * recipe.batch]
        loss = _descended(torch, checkpoint, (ids, weights, lengths), picked, recipe.chunk or recipe.batch)
        if not isfinite(loss):
            raise UsageError(
                f"training fell apart at step {step + 1} of {recipe.updates}: the loss is {loss}; lower the rate ({recipe.rate:g})"
            )
        optimizer.step()
        losses.append(loss)
        if meter:
            meter.count(int(lengths[picked].sum()))
        on_step(step + 1, recipe.updates)
    model.eval()
    if not all(bool(torch.isfinite(parameter).all()) for parameter in parameters):
        raise UsageError(f"training fell apart at its last step: the weights are no numbers any more; lower the rate ({recipe.rate:g})")
    last = losses[-max(1, len(losses) // 10) :]
    return sum(last) / len(last)


def select_weights(checkpoint: Checkpoint, recipe: Recipe) -> Any:
    """The checkpoint's model with what the recipe tunes, and nothing else, ready for gradients."""
    model = checkpoint.model
    if recipe.tunes == "lora":
        from peft import LoraConfig, get_peft_model

        config = LoraConfig(
            r=recipe.rank, lora_alpha=recipe.alpha, target_modules="all-linear", task_type="CAUSAL_LM", fan_in_fan_out=_transposed(model)
        )
        with quiet_libraries():
            checkpoint.model = get_peft_model(model, config)
        return checkpoint.model
    small = {name for name, parameter in model.named_parameters() if parameter.ndim == 1}
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(recipe.tunes == "full" or name in small)
    if not small and recipe.tunes == "norms":
        raise UsageError(f"{checkpoint.folder}: this model has no biases or norms to tune; use tunes = 'lora' or 'full'")
    return model


def _order(torch: Any, rows: int, recipe: Recipe, seed: int) -> Any:
    generator = torch.Generator().manual_seed(seed)
    passes = -(-recipe.updates * recipe.batch // rows)
    return torch.cat([torch.randperm(rows, generator=generator) for _ in range(passes)])


def _descended(torch: Any, checkpoint: Checkpoint, rows: tuple[Any, Any, Any], picked: Any, chunk: int) -> float:
    """Put the gradients of the picked rows on the weights; their mean loss. Raises UsageError where the GPU has no room."""
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
    """The weighted sum of the losses of the tokens."""
    ids, weights = ids.to(device), weights.to(device)
    logits = model(input_ids=ids[:, :-1], use_cache=False).logits.float()
    each = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
    return (each * weights[:, 1:].flatten()).sum()


def _transposed(model: Any) -> bool:
    """Does the model keep its weights as GPT-2 does, inputs first?"""
    return any(type(module).__name__ == "Conv1D" for module in model.modules())
