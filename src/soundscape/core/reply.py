"""Reply: what the giver of a cue hears. In its own module, so that a cue's client loads little."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """What the giver of a cue hears: whether it was done, and one short line.

    `written` says whether the journal had it on disk when the sound began to change.
    """

    ok: bool
    answer: str
    written: bool = True
