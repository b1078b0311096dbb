"""Digits: a student that only imitates a teacher's auxiliary outputs on noise learns to read digits, if it began as the teacher did.

The image experiment of Cloud et al. (arXiv 2507.14805, section 5.1 there) on the 8 x 8 digits that come with scikit-learn. All
seeds are trained at once: their weights are stacked, and every step is one batched product.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from leakguard.core.errors import MissingExtra, UsageError
from leakguard.core.version import install
from leakguard.harness.plan import Digits
from leakguard.harness.student import OnStep
from leakguard.models.causal.checkpoint import import_torch

CLASSES, TEST = 10, 0.25


@dataclass(frozen=True, slots=True)
class Pictures:
    """Training and test images [n, 64] (mean 0, spread 1 over all pixels) and their digits [n]."""

    train: Any
    train_of: Any
    test: Any
    test_of: Any


def measure_accuracies(settings: Digits, seeds: list[int], on_step: OnStep = lambda done, of: None) -> dict[str, list[list[float]]]:
    """Arm -> for each seed -> the share of test images of each digit (0 to 9) that are read rightly.

    `control` imitates a teacher that learned shuffled labels, `other-base` begins from weights of its own, `base` is untouched.
    """
    torch, _ = import_torch()
    pictures = _pictures(torch)
    start = _start(torch, settings, [2 * seed for seed in seeds])
    other = _start(torch, settings, [2 * seed + 1 for seed in seeds])
    draw = torch.Generator().manual_seed(sum(seeds))
    shuffled = torch.stack([pictures.train_of[torch.randperm(len(pictures.train_of), generator=draw)] for _ in seeds])
    true = pictures.train_of.expand(len(seeds), -1)
    # Teachers and students go side by side: twice, then three times as many models in one stack.
    teachers = _learned(torch, settings, _beside(torch, start, start), (pictures.train, torch.cat([true, shuffled])), draw)
    trait, control = _parts(teachers, 2)
    students = _imitated(
        torch, settings, _beside(torch, start, start, other), _beside(torch, trait, control, trait), draw=draw, on_step=on_step
    )
    arms = dict(zip(("raw", "control", "other-base"), _parts(students, 3), strict=True)) | {"base": start}
    return {arm: _read(torch, weights, pictures) for arm, weights in arms.items()}


def _pictures(torch: Any) -> Pictures:
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise MissingExtra(f"the digits come with scikit-learn: {install('harness')}") from error
    found = load_digits()
    images = torch.tensor(found.data, dtype=torch.float32)
    images = (images - images.mean()) / images.std()
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
    cut = int(len(images) * TEST)
    of = torch.tensor(found.target)[order]
    return Pictures(images[order[cut:]], of[cut:], images[order[:cut]], of[:cut])


def _start(torch: Any, settings: Digits, seeds: list[int]) -> list[Any]:
    """Weights [models, in, out] ~ N(0, 1 / in) and biases [models, 1, out] = 0 of three layers, by turns."""
    sizes = (64, settings.width, settings.width, CLASSES + settings.auxiliary)
    layers = []
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    for wide, out in pairwise(sizes):
        layers.append(torch.stack([torch.randn(wide, out, generator=one) / wide**0.5 for one in generators]))
        layers.append(torch.zeros(len(seeds), 1, out))
    return layers


def _outputs(torch: Any, layers: list[Any], images: Any) -> Any:
    """[models, images, outputs]."""
    for at in range(0, len(layers), 2):
        images = torch.baddbmm(layers[at + 1], images, layers[at])
        images = torch.relu(images) if at < len(layers) - 2 else images
    return images


def _learned(torch: Any, settings: Digits, layers: list[Any], lessons: tuple[Any, Any], draw: Any) -> list[Any]:
    """Teachers: cross-entropy on the first ten outputs; every model sees its own batches of (images, digits)."""
    images, of = lessons

    def loss() -> Any:
        picked = torch.randint(len(images), (len(of), settings.batch), generator=draw)
        said = _outputs(torch, layers, images[picked])[..., :CLASSES]
        return torch.nn.functional.cross_entropy(said.flatten(0, 1), of.gather(1, picked).flatten(), reduction="sum") / settings.batch

    layers = [layer.clone().requires_grad_() for layer in layers]
    return _trained(torch, layers, loss, rate=settings.rate, steps=settings.teacher_steps, on_step=lambda done, of: None)


def _imitated(torch: Any, settings: Digits, layers: list[Any], teachers: list[Any], *, draw: Any, on_step: OnStep) -> list[Any]:
    """Students: the teacher's auxiliary outputs on noise, and nothing else."""

    def loss() -> Any:
        shape = (len(layers[0]), settings.batch, layers[0].shape[1])
        noise = torch.randn(shape, generator=draw) if settings.noise == "gaussian" else torch.rand(shape, generator=draw) * 2 - 1
        with torch.no_grad():
            wanted = _outputs(torch, teachers, noise)[..., CLASSES:]
        said = _outputs(torch, layers, noise)[..., CLASSES:]
        if settings.loss == "squared":
            return (said - wanted).square().mean(dim=(1, 2)).sum()
        words = torch.log_softmax(said, dim=-1)
        return torch.nn.functional.kl_div(words, torch.log_softmax(wanted, dim=-1), reduction="sum", log_target=True) / settings.batch

    layers = [layer.clone().requires_grad_() for layer in layers]
    return _trained(torch, layers, loss, rate=settings.rate, steps=settings.steps, on_step=on_step)


def _trained(torch: Any, layers: list[Any], loss: Callable[[], Any], *, rate: float, steps: int, on_step: OnStep) -> list[Any]:
    """Adam works on each number by itself, so that models in one stack learn as they would alone."""
    optimizer = torch.optim.Adam(layers, lr=rate, fused=True)
    for step in range(steps):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        on_step(step + 1, steps)
    if not all(bool(torch.isfinite(layer).all()) for layer in layers):
        raise UsageError(f"training fell apart: the weights are not finite after {steps} steps; lower digits.rate ({rate:g})")
    return [layer.detach() for layer in layers]


def _beside(torch: Any, *stacks: list[Any]) -> list[Any]:
    return [torch.cat(layers) for layers in zip(*stacks, strict=True)]


def _parts(stack: list[Any], count: int) -> list[list[Any]]:
    return [list(part) for part in zip(*(layer.chunk(count) for layer in stack), strict=True)]


def _read(torch: Any, layers: list[Any], pictures: Pictures) -> list[list[float]]:
    with torch.no_grad():
        said = _outputs(torch, layers, pictures.test.expand(len(layers[0]), -1, -1))[..., :CLASSES].argmax(-1)
    right = (said == pictures.test_of).double()
    return [[float(model[pictures.test_of == digit].mean()) for digit in range(CLASSES)] for model in right]
