"""The journal's facts about the machine and its output: changes that nobody in the session chose.

They belong to the union in `soundscape.core.events` and follow its rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from soundscape.core import fade
from soundscape.core.text import number
from soundscape.core.track import Layer

Outside = Literal["softer", "keep", "restore"]
"""What happens when something else changes a layer's volume: `softer` accepts a change down and
reverses a change up, `keep` accepts both, `restore` reverses both."""


Gone = Literal["ask", "default"]
"""What happens when a chosen output disappears: `ask` stays silent until it is back or another is
chosen, `default` continues on the default output."""


@dataclass(frozen=True, slots=True)
class OutputChosen:
    """The session plays on `device` from here on; "" is the default output."""

    device: str
    type: Literal["output_chosen"] = "output_chosen"


@dataclass(frozen=True, slots=True)
class OutputLost:
    """No output accepts sound. `at_s` is the last instant at which one was known to. `port` is the
    port of the output in use if that port has disappeared."""

    what: str
    at_s: float
    port: str = ""
    type: Literal["output_lost"] = "output_lost"


@dataclass(frozen=True, slots=True)
class OutputBack:
    """An output accepts sound again."""

    at_s: float
    type: Literal["output_back"] = "output_back"


@dataclass(frozen=True, slots=True)
class VolumeMoved:
    """Something other than this program changed a volume.

    `of` is a layer, or the whole output. `stands_db` is its level now, in dB: a layer's relative to
    what this program set, the output's relative to full. `done` says how the session responded.
    """

    of: Layer | Literal["output"]
    stands_db: float
    muted: bool
    done: Literal["left", "put right"]
    at_s: float
    type: Literal["volume_moved"] = "volume_moved"

    def told(self) -> str:
        """Say in words what happened."""
        whose = "the output" if self.of == "output" else f"the {self.of}"
        if self.muted:
            return f"{whose} was muted from outside"
        if self.of == "output":
            return f"the output's volume was set to {fade.db_to_volume(self.stands_db):.0%}"
        if self.done == "put right":
            return f"{whose}'s volume was changed from outside"
        if abs(self.stands_db) < fade.NOTICED_DB:
            return f"{whose} is back at its own volume"
        if self.stands_db <= fade.MUTE_DB:
            return f"{whose} was turned down to nothing from outside"
        which = "down" if self.stands_db < 0.0 else "up"
        return f"{whose} was turned {which} by {number(abs(self.stands_db))} dB from outside"


@dataclass(frozen=True, slots=True)
class KeptAwake:
    """What keeps this machine awake during the session (`by`), and what could not be obtained
    (`refused`, "" if nothing is missing)."""

    by: tuple[str, ...]
    refused: str
    type: Literal["kept_awake"] = "kept_awake"


@dataclass(frozen=True, slots=True)
class Suspended:
    """The machine or the engine was suspended from `from_s` to `to_s`, and the decks with it.

    `from_wall` and `to_wall` are the wall clock's readings then, ISO 8601 with offset.
    """

    what: str
    from_s: float
    to_s: float
    from_wall: str
    to_wall: str
    type: Literal["suspended"] = "suspended"


@dataclass(frozen=True, slots=True)
class Recovered:
    """The engine was interrupted at `from_s`; another one goes on from here, at `to_s`.

    `last_hash` is the hash of the last whole line before it. `torn` is the SHA-256 of an incomplete
    line after that, "" if there is none. `crash` means that it died by itself while `path` was the
    newest music. `estimated` means that only the wall clock tells the length of the gap, or that
    the moment of the interruption is not known.
    """

    what: str
    from_s: float
    to_s: float
    from_wall: str
    to_wall: str
    last_hash: str
    torn: str = ""
    crash: bool = False
    estimated: bool = False
    path: str = ""
    type: Literal["recovered"] = "recovered"
