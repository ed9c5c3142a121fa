"""The journal's facts: what was asked, what was decided, what was heard.

A versioned, discriminated union of frozen dataclasses. They are plain on purpose: the core needs
no validation of what it makes itself, and a cue's client starts fast. Reading them back from a
file is checked, with Pydantic, in `soundscape.journal.codec`.

A fact never changes its meaning. A new meaning is a new `type`; a new field has a default.
Times inside a fact are seconds from the session's start (`..._s`), gains are dB (`..._db`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from soundscape.core.arc import Arc, Mode
from soundscape.core.output_facts import (
    Gone,
    KeptAwake,
    OutputBack,
    OutputChosen,
    OutputLost,
    Outside,
    VolumeMoved,
)
from soundscape.core.plan import Plan, PlanItem
from soundscape.core.track import Layer

VERSION = 2
"""Of the facts below, written into every line. In 1 a plan's warnings were sentences alone."""

Value = str | float | int | bool | None


@dataclass(frozen=True, slots=True)
class Opened:
    """The session's first line: its random code, its arc as it was, how it plays.

    `series` is the word for sessions that belong together; `avoid` what was left out of this one
    beside what the arc says; `kept_fresh` the codes of the sessions whose music was left out;
    `outside` what becomes of a volume that somebody else moved, `when_gone` of a chosen output
    that is gone.
    """

    code: str
    arc: Arc
    seed: int
    program: str
    out: str
    device: str = ""
    persons: tuple[str, ...] = ()
    end_with_arc: bool = False
    series: str = ""
    avoid: tuple[str, ...] = ()
    kept_fresh: tuple[str, ...] = ()
    outside: Outside = "softer"
    when_gone: Gone = "ask"
    type: Literal["opened"] = "opened"


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, from here on, and why it was made."""

    plan: Plan
    reason: str
    type: Literal["planned"] = "planned"


@dataclass(frozen=True, slots=True)
class Started:
    """The session's zero: from here `at_s` counts."""

    type: Literal["started"] = "started"


@dataclass(frozen=True, slots=True)
class Asked:
    """A cue as it was given, and what was answered. Words of a note are replaced by its id.

    `changed` names what of the session it changed, so that it can be taken back; `phase` and
    `token` are the phase and the newest playing of a track right after it. `request` is the
    asker's own word for this asking, so that one that is said again is not obeyed twice. `by` is
    who said it where nobody of the room did: the rehearsal.
    """

    cue: str
    args: Mapping[str, Value]
    ok: bool
    answer: str
    at_s: float = 0.0
    changed: tuple[str, ...] = ()
    phase: int = -1
    token: int = 0
    request: str = ""
    by: str = ""
    type: Literal["asked"] = "asked"


@dataclass(frozen=True, slots=True)
class Undone:
    """The newest cue that can be taken back is: these of its changes go back as they were.

    `back` is the track that it sent away, where all waits: it comes in as soon as music may.
    """

    cue: str
    changed: tuple[str, ...]
    back: PlanItem | None = None
    type: Literal["undone"] = "undone"


@dataclass(frozen=True, slots=True)
class Stopped:
    """All decks are down after `stop`; for a while it can be taken back."""

    at_s: float
    type: Literal["stopped"] = "stopped"


@dataclass(frozen=True, slots=True)
class PhaseEntered:
    """A phase begins. `ends_s` is None for an open-ended one."""

    phase: int
    started_s: float
    ends_s: float | None
    reason: str
    type: Literal["phase"] = "phase"


@dataclass(frozen=True, slots=True)
class PhaseMoved:
    """The phase that plays counts from `started_s` and ends at `ends_s`; later ones follow it."""

    started_s: float
    ends_s: float | None
    reason: str
    type: Literal["phase_moved"] = "phase_moved"


@dataclass(frozen=True, slots=True)
class Held:
    """The phase stays, `elapsed_s` into its curve, with `left_s` of it still to come."""

    elapsed_s: float
    left_s: float
    type: Literal["held"] = "held"


@dataclass(frozen=True, slots=True)
class Released:
    """The phase goes on from where it was held."""

    type: Literal["released"] = "released"


@dataclass(frozen=True, slots=True)
class ArcOver:
    """The last phase's time is up; what sounds goes on until `end`."""

    type: Literal["arc_over"] = "arc_over"


@dataclass(frozen=True, slots=True)
class Anchored:
    """Arc time counts from `zero_s`."""

    zero_s: float
    type: Literal["anchored"] = "anchored"


@dataclass(frozen=True, slots=True)
class Dosed:
    """The medicine was taken at `at_s`, by one person or, where `person` is "", by all."""

    at_s: float
    person: str = ""
    type: Literal["dosed"] = "dosed"


@dataclass(frozen=True, slots=True)
class Boosted:
    """The arc's booster phases belong to the session from here on."""

    type: Literal["boosted"] = "boosted"


@dataclass(frozen=True, slots=True)
class ModeSet:
    """Under the voices, or music forward, whatever the phase says."""

    mode: Mode
    type: Literal["mode"] = "mode"


@dataclass(frozen=True, slots=True)
class Trimmed:
    """The facilitator's own gain line moves to `trim_db` over `seconds`."""

    trim_db: float
    seconds: float
    type: Literal["trimmed"] = "trimmed"


@dataclass(frozen=True, slots=True)
class Shifted:
    """Gentler (negative) or fuller (positive) music until the phase ends."""

    shift: float
    type: Literal["shifted"] = "shifted"


@dataclass(frozen=True, slots=True)
class Paused:
    """The layers fade to silence and wait."""

    seconds: float
    layers: tuple[Layer, ...] = ("music",)
    type: Literal["paused"] = "paused"


@dataclass(frozen=True, slots=True)
class Silenced:
    """A chosen silence of everything, until `ends_s`, or until somebody says so (None)."""

    seconds: float
    ends_s: float | None = None
    type: Literal["silenced"] = "silenced"


@dataclass(frozen=True, slots=True)
class Resumed:
    """What waited comes back, from where it waited."""

    seconds: float
    type: Literal["resumed"] = "resumed"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A track is brought in; `token` names this playing of it from here on."""

    token: int
    item: PlanItem
    fade_s: float
    reason: str
    type: Literal["chosen"] = "chosen"


@dataclass(frozen=True, slots=True)
class Rested:
    """The music layer falls silent, as the phase wants or because nothing is left to play: then it
    is looked again at `again_s`."""

    reason: str
    again_s: float | None = None
    type: Literal["rested"] = "rested"


@dataclass(frozen=True, slots=True)
class Banned:
    """A track is kept out of this session for good, or until nothing else is left where its file
    was at `fault`."""

    path: str
    fault: bool = False
    type: Literal["banned"] = "banned"


@dataclass(frozen=True, slots=True)
class Readmitted:
    """Tracks whose files had failed may be chosen again: one to try it, or all once one opened."""

    paths: tuple[str, ...]
    type: Literal["readmitted"] = "readmitted"


@dataclass(frozen=True, slots=True)
class Marked:
    """A moment the facilitator points at. `note` is the id of words kept in a file of their own."""

    mark: int
    person: str = ""
    note: str = ""
    type: Literal["marked"] = "marked"


@dataclass(frozen=True, slots=True)
class AmbienceSet:
    """The environment layer changes; `name` "" is off. `by_cue` holds until the next cue of it.
    `stands_in`: nothing else was left to sound; what `by_cue` says is of what was wanted."""

    name: str
    level_db: float
    token: int
    by_cue: bool
    stands_in: bool = False
    type: Literal["ambience"] = "ambience"


@dataclass(frozen=True, slots=True)
class HeardFrom:
    """A deck was confirmed to sound, from `position_s` in its file, since `at_s`."""

    layer: Layer
    token: int
    path: str
    title: str
    phase: int
    position_s: float
    at_s: float
    type: Literal["heard_from"] = "heard_from"


@dataclass(frozen=True, slots=True)
class HeardTo:
    """That deck was heard up to here; where nobody saw its end, `estimated` says so."""

    layer: Layer
    token: int
    position_s: float
    at_s: float
    why: str
    estimated: bool = False
    type: Literal["heard_to"] = "heard_to"


@dataclass(frozen=True, slots=True)
class Faulted:
    """Something went wrong, and what was done about it."""

    what: str
    where: str = ""
    done: str = ""
    token: int = 0
    type: Literal["fault"] = "fault"


@dataclass(frozen=True, slots=True)
class Suspended:
    """Machine or engine stood still from `from_s` to `to_s`, and the decks with it.

    `from_wall` and `to_wall` are what the wall clock showed then, ISO 8601 with offset.
    """

    what: str
    from_s: float
    to_s: float
    from_wall: str
    to_wall: str
    type: Literal["suspended"] = "suspended"


@dataclass(frozen=True, slots=True)
class Recovered:
    """The engine broke off at `from_s`; another one goes on from here, at `to_s`.

    `last_hash` is the hash of the last whole line before; `torn` the SHA-256 of what stands after
    it, "" where nothing does. `crash`: it died by itself, while `path` was the newest music.
    `estimated`: only the wall clock knows how long it was, or the moment it broke off is not known.
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


@dataclass(frozen=True, slots=True)
class Closing:
    """The session goes down over `seconds`: by `end`, by `stop`, or because the arc is over."""

    how: Literal["end", "stop", "arc"]
    seconds: float
    type: Literal["closing"] = "closing"


@dataclass(frozen=True, slots=True)
class Closed:
    """The last line of a whole journal."""

    reason: str
    type: Literal["closed"] = "closed"


Fact = (
    Opened
    | Planned
    | Started
    | Asked
    | Undone
    | Stopped
    | PhaseEntered
    | PhaseMoved
    | Held
    | Released
    | ArcOver
    | Anchored
    | Dosed
    | Boosted
    | ModeSet
    | Trimmed
    | Shifted
    | Paused
    | Silenced
    | Resumed
    | Chosen
    | Rested
    | Banned
    | Readmitted
    | Marked
    | AmbienceSet
    | HeardFrom
    | HeardTo
    | Faulted
    | Suspended
    | Recovered
    | Closing
    | Closed
    | OutputLost
    | OutputBack
    | OutputChosen
    | VolumeMoved
    | KeptAwake
)


@dataclass(frozen=True, slots=True)
class Stamp:
    """When a line was written, on every clock.

    `wall` is ISO 8601 with its UTC offset; `boot_s` is a reading of the boot clock, which only
    compares within one `boot`; `at_s` counts from the session's start and `arc_s` from the dose,
    None where there is none yet.
    """

    wall: str
    boot_s: float
    boot: str
    at_s: float
    arc_s: float | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a journal. `n` counts from 1; `prev` is the hash of the line before."""

    n: int
    stamp: Stamp
    fact: Fact
    prev: str = ""
    v: int = field(default=VERSION)
