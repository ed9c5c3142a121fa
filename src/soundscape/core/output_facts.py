"""The journal's facts about the output and the machine: what nobody in the session chose.

Part of the union in `soundscape.core.events`, and under the same rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from soundscape.core.track import Layer

Outside = Literal["softer", "keep", "restore"]
"""What becomes of a layer's volume that was moved from outside: `softer` leaves what turns it down
and puts right what turns it up, `keep` leaves both, `restore` puts both right."""


Gone = Literal["ask", "default"]
"""What becomes of a chosen output that is gone: `ask` stays silent until it is back or another is
chosen, `default` goes on at the default one."""


@dataclass(frozen=True, slots=True)
class OutputChosen:
    """The session plays on `device` from here on; "" is the default one."""

    device: str
    type: Literal["output_chosen"] = "output_chosen"


@dataclass(frozen=True, slots=True)
class OutputLost:
    """No output takes the sound. `at_s` is the last instant at which one was known to. `port` is
    that of the output which was in use, where it is what has gone."""

    what: str
    at_s: float
    port: str = ""
    type: Literal["output_lost"] = "output_lost"


@dataclass(frozen=True, slots=True)
class OutputBack:
    """An output takes sound again."""

    at_s: float
    type: Literal["output_back"] = "output_back"


@dataclass(frozen=True, slots=True)
class VolumeMoved:
    """A volume was moved by something else than this program.

    `of` is a layer, or the whole output. `stands_db` is where it stands now: a layer against where
    this program had it, the output against full. `done` is what was done about it.
    """

    of: Layer | Literal["output"]
    stands_db: float
    muted: bool
    done: Literal["left", "put right"]
    at_s: float
    type: Literal["volume_moved"] = "volume_moved"


@dataclass(frozen=True, slots=True)
class KeptAwake:
    """What keeps this machine awake while the session runs (`by`), and what could not be had
    (`refused`, "" where nothing is missing)."""

    by: tuple[str, ...]
    refused: str
    type: Literal["kept_awake"] = "kept_awake"
