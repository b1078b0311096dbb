"""AdamW with float32 master weights: in bfloat16, a step below the spacing of the numbers would be lost."""

from collections.abc import Sequence
from typing import Any

from leakguard.harness.recipe import Recipe
from leakguard.models.causal.checkpoint import import_torch


class Optimizer:
    """AdamW without weight decay, by a recipe. Weights in other types than float32 follow float32 copies, which take the steps."""

    def __init__(self, parameters: Sequence[Any], recipe: Recipe) -> None:
        torch, _ = import_torch()
        self._torch, self._clip, self._tuned = torch, recipe.clip, parameters
        # What is float32 already is its own copy.
        self._exact = [one if one.dtype == torch.float32 else one.detach().float().requires_grad_() for one in parameters]
        self._adamw = torch.optim.AdamW(self._exact, lr=recipe.rate, weight_decay=0.0, fused=True)
        self._schedule = torch.optim.lr_scheduler.LambdaLR(self._adamw, lambda step: scale_rate(recipe, step))

    def step(self) -> None:
        """Take one step with the accumulated gradients, clipped to a common norm, and clear them."""
        apart = [(tuned, exact) for tuned, exact in zip(self._tuned, self._exact, strict=True) if tuned is not exact]
        for tuned, exact in apart:
            exact.grad, tuned.grad = None if tuned.grad is None else tuned.grad.float(), None
        if self._clip:
            self._torch.nn.utils.clip_grad_norm_(self._exact, self._clip)
        self._adamw.step()
        self._adamw.zero_grad()
        self._schedule.step()
        with self._torch.no_grad():
            for tuned, exact in apart:
                tuned.copy_(exact)


def scale_rate(recipe: Recipe, step: int) -> float:
    """Return the factor of the learning rate at step `step` (from 0): linear warm-up, then the schedule."""
    from math import cos, pi

    if step < recipe.warmup:
        return (step + 1) / (recipe.warmup + 1)
    done = (step - recipe.warmup) / max(1, recipe.updates - recipe.warmup)
    return {"constant": 1.0, "linear": 1 - done, "cosine": 0.5 + 0.5 * cos(pi * done)}[recipe.schedule]
