"""The digits experiment: a student that imitates a teacher's auxiliary outputs on noise learns to read digits if both began with the same
weights.

The image experiment of Cloud et al. (arXiv 2507.14805, section 5.1) on the 8 x 8 digits of scikit-learn. The models of all seeds are
trained at once: their weights are stacked, and each step is one batched product.
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
    """Training and test images [n, 64], standardised over all pixels, and their digits [n]."""

    train: Any
    train_of: Any
    test: Any
    test_of: Any


def measure_accuracies(settings: Digits, seeds: list[int], on_step: OnStep = lambda done, of: None) -> dict[str, list[list[float]]]:
    """Return arm -> for each seed -> the accuracy on the test images of each digit 0 to 9.

    `raw` imitates a trained teacher, `control` a teacher trained on shuffled labels, `other-base` begins from other weights than its
    teacher, `base` is untrained. `on_step` follows the students' training.
    """
    torch, _ = import_torch()
    pictures = _load_digits(torch)
    start = _draw_weights(torch, settings, [2 * seed for seed in seeds])
    other = _draw_weights(torch, settings, [2 * seed + 1 for seed in seeds])
    draw = torch.Generator().manual_seed(sum(seeds))
    shuffled = torch.stack([pictures.train_of[torch.randperm(len(pictures.train_of), generator=draw)] for _ in seeds])
    true = pictures.train_of.expand(len(seeds), -1)
    # Teachers and students go side by side: twice, then three times as many models in one stack.
    teachers = _train_teachers(torch, settings, _join_stacks(torch, start, start), (pictures.train, torch.cat([true, shuffled])), draw)
    trait, control = _split_stack(teachers, 2)
    students = _train_students(
        torch, settings, _join_stacks(torch, start, start, other), _join_stacks(torch, trait, control, trait), draw=draw, on_step=on_step
    )
    arms = dict(zip(("raw", "control", "other-base"), _split_stack(students, 3), strict=True)) | {"base": start}
    return {arm: _measure_accuracy(torch, weights, pictures) for arm, weights in arms.items()}


def _load_digits(torch: Any) -> Pictures:
    """Load and split the digits. Raises MissingExtra."""
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


def _draw_weights(torch: Any, settings: Digits, seeds: list[int]) -> list[Any]:
    """Return the initial weights [models, in, out] ~ N(0, 1 / in) and biases [models, 1, out] = 0 of three layers, in turn."""
    sizes = (64, settings.width, settings.width, CLASSES + settings.auxiliary)
    layers = []
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    for wide, out in pairwise(sizes):
        layers.append(torch.stack([torch.randn(wide, out, generator=one) / wide**0.5 for one in generators]))
        layers.append(torch.zeros(len(seeds), 1, out))
    return layers


def _compute_outputs(torch: Any, layers: list[Any], images: Any) -> Any:
    """Return the outputs [models, images, outputs] of a stack of networks with ReLU between layers."""
    for at in range(0, len(layers), 2):
        images = torch.baddbmm(layers[at + 1], images, layers[at])
        images = torch.relu(images) if at < len(layers) - 2 else images
    return images


def _train_teachers(torch: Any, settings: Digits, layers: list[Any], lessons: tuple[Any, Any], draw: Any) -> list[Any]:
    """Train teachers with cross-entropy on the first ten outputs; each model has its own batches of (images, digits)."""
    images, of = lessons

    def loss() -> Any:
        """Return the sum of the models' losses on a new batch."""
        picked = torch.randint(len(images), (len(of), settings.batch), generator=draw)
        said = _compute_outputs(torch, layers, images[picked])[..., :CLASSES]
        return torch.nn.functional.cross_entropy(said.flatten(0, 1), of.gather(1, picked).flatten(), reduction="sum") / settings.batch

    layers = [layer.clone().requires_grad_() for layer in layers]
    return _train_stack(torch, layers, loss, rate=settings.rate, steps=settings.teacher_steps, on_step=lambda done, of: None)


def _train_students(torch: Any, settings: Digits, layers: list[Any], teachers: list[Any], *, draw: Any, on_step: OnStep) -> list[Any]:
    """Train students to match the teacher's auxiliary outputs on noise, and nothing else."""

    def loss() -> Any:
        """Return the sum of the models' losses on new noise."""
        shape = (len(layers[0]), settings.batch, layers[0].shape[1])
        noise = torch.randn(shape, generator=draw) if settings.noise == "gaussian" else torch.rand(shape, generator=draw) * 2 - 1
        with torch.no_grad():
            wanted = _compute_outputs(torch, teachers, noise)[..., CLASSES:]
        said = _compute_outputs(torch, layers, noise)[..., CLASSES:]
        if settings.loss == "squared":
            return (said - wanted).square().mean(dim=(1, 2)).sum()
        words = torch.log_softmax(said, dim=-1)
        return torch.nn.functional.kl_div(words, torch.log_softmax(wanted, dim=-1), reduction="sum", log_target=True) / settings.batch

    layers = [layer.clone().requires_grad_() for layer in layers]
    return _train_stack(torch, layers, loss, rate=settings.rate, steps=settings.steps, on_step=on_step)


def _train_stack(torch: Any, layers: list[Any], loss: Callable[[], Any], *, rate: float, steps: int, on_step: OnStep) -> list[Any]:
    """Train a stack of models with Adam. Adam treats each number separately, so models in one stack train as they would alone."""
    optimizer = torch.optim.Adam(layers, lr=rate, fused=True)
    for step in range(steps):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        on_step(step + 1, steps)
    if not all(bool(torch.isfinite(layer).all()) for layer in layers):
        raise UsageError(f"training fell apart: the weights are not finite after {steps} steps; lower digits.rate ({rate:g})")
    return [layer.detach() for layer in layers]


def _join_stacks(torch: Any, *stacks: list[Any]) -> list[Any]:
    """Join stacks of models into one."""
    return [torch.cat(layers) for layers in zip(*stacks, strict=True)]


def _split_stack(stack: list[Any], count: int) -> list[list[Any]]:
    """Split a stack into `count` stacks of the same size."""
    return [list(part) for part in zip(*(layer.chunk(count) for layer in stack), strict=True)]


def _measure_accuracy(torch: Any, layers: list[Any], pictures: Pictures) -> list[list[float]]:
    """Return for each model the accuracy on the test images of each digit."""
    with torch.no_grad():
        said = _compute_outputs(torch, layers, pictures.test.expand(len(layers[0]), -1, -1))[..., :CLASSES].argmax(-1)
    right = (said == pictures.test_of).double()
    return [[float(model[pictures.test_of == digit].mean()) for digit in range(CLASSES)] for model in right]
