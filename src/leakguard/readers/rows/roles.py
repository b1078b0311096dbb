"""Select the roles whose text is scanned."""

from collections.abc import Sequence
from difflib import get_close_matches

from leakguard.core.errors import UsageError
from leakguard.core.record import Turn
from leakguard.readers.rows.column_names import PROMPTS
from leakguard.readers.rows.column_names import TRAINED as TRAINED_COLUMNS

TRAINED, ALL = "trained", "all"
FIELD = "field"
SPEAKERS = {
    "assistant": ("assistant", "gpt", "bot", "model", "ai", "chatbot", "completion", "output", "chosen", "rejected", *TRAINED_COLUMNS),
    "user": ("user", "human", "prompt", "instruction", "input", *PROMPTS["user"]),
    "system": ("system", "developer", *PROMPTS["system"]),
    "tool": ("tool", "function", "observation", *PROMPTS["tool"]),
}
ALIASES = {"human": "user", "gpt": "assistant", "bot": "assistant", "model": "assistant", "developer": "system"}
# Roles that a student reads but is not trained to write. Any other role, known or not, may be the student's and is scanned.
UNTRAINED = frozenset(name for speaker in ("user", "system", "tool") for name in SPEAKERS[speaker])
VALID = frozenset(name for names in SPEAKERS.values() for name in names) | {"text", TRAINED, ALL}
# Names that only identify a role. Any other name of a role is a string with text of its own.
SPEAKING = VALID | {"function_call", "tool_call", "tool_response", "ipython"}
REMEMBERED = 1000


class Roles:
    """The roles whose text is scanned. `all`: no role is left out; `known` caches the decisions for the first roles.

    `spec` is "trained" (all but UNTRAINED), "all", or a comma-separated list of roles. assistant, user, system and tool include all of
    their names in SPEAKERS. Raises UsageError for an empty list and for a probable typing error.
    """

    def __init__(self, spec: str) -> None:
        """Raises UsageError for an empty list and for a probable typing error."""
        names = [name.strip().lower() for name in spec.split(",") if name.strip()]
        if not names:
            raise UsageError(f"`roles` {spec!r} names no role: expected {TRAINED}, {ALL} or a comma-separated list such as assistant,user")
        for name in names:
            close = [] if name in VALID else get_close_matches(name, sorted(VALID), n=1, cutoff=0.8)
            if close:
                raise UsageError(f"`roles`: there is no role {name!r}; did you mean {close[0]!r}?")
        self._trained, self.all = TRAINED in names, ALL in names
        self._names = frozenset(word for name in names for word in SPEAKERS.get(ALIASES.get(name, name), (name,)))
        self.known: dict[str, bool] = {}

    def selects(self, role: str) -> bool:
        """Return whether the text of this role is scanned. Case and surrounding spaces do not matter."""
        wanted = self.known.get(role)
        if wanted is None:
            wanted = self._decide(role.strip().lower())
            if len(self.known) < REMEMBERED and len(role) < REMEMBERED:
                self.known[role] = wanted
        return wanted

    def _decide(self, name: str) -> bool:
        """Decide for a role in lower case."""
        # A text of the field setting is scanned whatever the roles are.
        return self.all or name == FIELD or name in self._names or (self._trained and name not in UNTRAINED)

    def select(self, turns: tuple[Turn, ...]) -> Sequence[int]:
        """Return the indices of the turns that are scanned."""
        return [i for i, turn in enumerate(turns) if self.selects(turn.role)]
