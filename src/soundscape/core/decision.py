"""Decision and Refusal: what the core returns for any input."""

from __future__ import annotations

from dataclasses import dataclass

from soundscape.core.events import Fact
from soundscape.core.ports import Action


@dataclass(frozen=True, slots=True)
class Decision:
    """Facts to journal and fold, then actions for the decks, and a line for the person.

    `replan` says why the rest of the plan no longer holds; "" if it still holds.
    """

    facts: tuple[Fact, ...] = ()
    actions: tuple[Action, ...] = ()
    answer: str = ""
    replan: str = ""

    def then(self, other: Decision) -> Decision:
        """Join this decision and a later one into one."""
        return Decision(
            self.facts + other.facts,
            self.actions + other.actions,
            self.answer or other.answer,
            self.replan or other.replan,
        )


NOTHING = Decision()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a cue is not obeyed, and the nearest cue that would work."""

    reason: str
