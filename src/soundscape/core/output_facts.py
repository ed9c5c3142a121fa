"""The journal's facts about the output and the machine: changes that nobody in the session chose.

They belong to the union in `soundscape.core.events` and follow its rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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


@dataclass(frozen=True, slots=True)
class KeptAwake:
    """What keeps this machine awake during the session (`by`), and what could not be obtained
    (`refused`, "" if nothing is missing)."""

    by: tuple[str, ...]
    refused: str
    type: Literal["kept_awake"] = "kept_awake"
