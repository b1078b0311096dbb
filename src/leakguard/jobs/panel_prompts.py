"""The prompts of a trait panel: the traits that are asked about, placebos of their kind, and the neutral prompt."""

from collections.abc import Sequence
from math import ceil
from pathlib import Path

from leakguard.core.errors import UsageError
from leakguard.core.suggest import suggest_names
from leakguard.core.trait_panel import PanelPrompt, PromptRole
from leakguard.rulebook.shipped import find_trait_prompts
from leakguard.rulebook.trait_prompts import TraitKind, read_trait_kinds

NEUTRAL = PanelPrompt("neutral", PromptRole.NEUTRAL, "")
OWN_WORDS = "object"
"""Kind of the placebos of a trait that is given in the user's own words."""
LONGEST_PROMPT = 1 << 20


def choose_prompts(traits: Sequence[str], placebos: int) -> tuple[PanelPrompt, ...]:
    """Return the neutral prompt, the prompts of traits (names such as owl, or paths of text files) and those of placebos of their kind.

    Raises UsageError for an unknown name, for traits of different kinds, and where the kind has fewer placebos.
    """
    if not traits:
        raise UsageError("`panel`: name a trait whose prompt the data may fit, such as owl, or the path of a text file with the prompt")
    kinds = read_trait_kinds(find_trait_prompts())
    found = [_find_trait(name, kinds) for name in dict.fromkeys(traits)]
    kind = found[0][0]
    for other, prompt in found:
        if other.id != kind.id:
            raise UsageError(
                f"`panel`: {prompt.name} ({other.id}) and {found[0][1].name} ({kind.id}) have different placebos; audit them one by one"
            )
    taken = {prompt.name for _, prompt in found}
    names = [name for name in kind.placebos if name not in taken]
    if len(names) < placebos:
        raise UsageError(f"`placebos`: there are {len(names)} for the kind {kind.id}; give that number or fewer")
    chosen = [PanelPrompt(name, PromptRole.PLACEBO, kind.write_prompt(name)) for name in names[:placebos]]
    return (NEUTRAL, *(prompt for _, prompt in found), *chosen)


def describe_supply(prompts: Sequence[PanelPrompt]) -> str:
    """Return how many placebos there are for the kind of these prompts, and the level that they allow; "" for prompts of other programs."""
    traits = {one.name for one in prompts if one.role is PromptRole.TRAIT}
    placebos = {one.name for one in prompts if one.role is PromptRole.PLACEBO}
    for kind in read_trait_kinds(find_trait_prompts()):
        names = set(kind.placebos)
        if placebos <= names:
            most = len(names - traits)
            return f"leakguard has {most} for the kind {kind.id}, which allow an alpha of {ceil(1e4 / (1 + most)) / 1e4:g} or more"
    return ""


def _find_trait(name: str, kinds: Sequence[TraitKind]) -> tuple[TraitKind, PanelPrompt]:
    """Return the kind and the prompt of a trait by its name, or from a text file. Raises UsageError."""
    for kind in kinds:
        if name in kind.names:
            return kind, PanelPrompt(name, PromptRole.TRAIT, kind.write_prompt(name))
    path = Path(name)
    if not path.is_file():
        known = [one for kind in kinds for one in kind.names]
        raise UsageError(f"`panel`: there is no trait {name!r}; {suggest_names(name, known)} (or the path of a text file with a prompt)")
    try:
        text = path.read_bytes()[:LONGEST_PROMPT].decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"`panel`: {name}: cannot be read as text: {error}") from error
    if not text:
        raise UsageError(f"`panel`: {name}: is empty; write the system prompt of the trait into it")
    return next(kind for kind in kinds if kind.id == OWN_WORDS), PanelPrompt(path.stem, PromptRole.TRAIT, text)
