"""Reply: what the giver of a cue hears. By itself, so that a cue's client loads nothing else."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """What the giver of a cue hears: whether it is done, and one short line.

    `written` is whether the journal had it on disk when the sound began to change.
    """

    ok: bool
    answer: str
    written: bool = True
