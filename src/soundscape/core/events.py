"""The journal's facts: what was asked, what was decided, what was heard.

A versioned, discriminated union of frozen dataclasses. They are plain on purpose: the core needs no
validation of its own values, and a cue's client starts fast. `soundscape.journal.codec` uses
Pydantic to check facts that it reads from a file.

A fact never changes its meaning. A new meaning gets a new `type`; a new field has a default. Times
inside a fact are seconds from the session's start (`..._s`), gains are dB (`..._db`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from soundscape.core.arc import Arc, Mode
from soundscape.core.machine_facts import (
    Gone,
    KeptAwake,
    OutputBack,
    OutputChosen,
    OutputLost,
    Outside,
    Recovered,
    Suspended,
    VolumeMoved,
)
from soundscape.core.plan import Plan, PlanItem
from soundscape.core.track import Layer

VERSION = 2
"""Version of the facts below, written into every line. In version 1 a plan's warnings were bare
sentences."""

Value = str | float | int | bool | None


@dataclass(frozen=True, slots=True)
class Opened:
    """The session's first line: its random code, its arc as it was, how it plays.

    `series` is the word that related sessions share. `avoid` lists what this session left out in
    addition to its arc's own list; `kept_fresh` the codes of sessions whose music was left out.
    `outside` says what happens when something else changes a volume, `when_gone` when a chosen
    output disappears.
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
    """A plan that holds from here on, and why it was made."""

    plan: Plan
    reason: str
    type: Literal["planned"] = "planned"


@dataclass(frozen=True, slots=True)
class Started:
    """The session starts: `at_s` counts from here."""

    type: Literal["started"] = "started"


@dataclass(frozen=True, slots=True)
class Asked:
    """A cue as it was given, and its answer. The words of a note are replaced by their id.

    `changed` names the parts of the session that the cue changed, for `undo`. `phase` and `token`
    are the phase and the newest playing of a track right after it. `request` is the asker's own id
    for this request, so that a repeated one is not obeyed twice. `by` names the giver if nobody in
    the room gave it: the rehearsal.
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
    """The newest cue is undone: these of its changes go back as they were.

    If all is paused, `back` is the track that the cue had sent away: it comes in at `resume`.
    """

    cue: str
    changed: tuple[str, ...]
    back: PlanItem | None = None
    type: Literal["undone"] = "undone"


@dataclass(frozen=True, slots=True)
class Stopped:
    """All decks are down after `stop`; for a while `undo` can bring them back."""

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
    """The current phase counts from `started_s` and ends at `ends_s`; later ones move with it."""

    started_s: float
    ends_s: float | None
    reason: str
    type: Literal["phase_moved"] = "phase_moved"


@dataclass(frozen=True, slots=True)
class Held:
    """The phase is held, `elapsed_s` into its curve, with `left_s` of it still to come."""

    elapsed_s: float
    left_s: float
    type: Literal["held"] = "held"


@dataclass(frozen=True, slots=True)
class Released:
    """The phase goes on from where it was held."""

    type: Literal["released"] = "released"


@dataclass(frozen=True, slots=True)
class ArcOver:
    """The last phase's time is up; what is playing goes on until `end`."""

    type: Literal["arc_over"] = "arc_over"


@dataclass(frozen=True, slots=True)
class Anchored:
    """Arc time counts from `zero_s`."""

    zero_s: float
    type: Literal["anchored"] = "anchored"


@dataclass(frozen=True, slots=True)
class Dosed:
    """The medicine was taken at `at_s`, by one person or, if `person` is "", by all."""

    at_s: float
    person: str = ""
    type: Literal["dosed"] = "dosed"


@dataclass(frozen=True, slots=True)
class Boosted:
    """The arc's booster phases belong to the session from here on."""

    type: Literal["boosted"] = "boosted"


@dataclass(frozen=True, slots=True)
class ModeSet:
    """The music goes under the voices or forward, whatever the phase says."""

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
    """The layers fade to silence and are paused."""

    seconds: float
    layers: tuple[Layer, ...] = ("music",)
    type: Literal["paused"] = "paused"


@dataclass(frozen=True, slots=True)
class Silenced:
    """Everything is silent by choice until `ends_s`, or until a cue ends it (None)."""

    seconds: float
    ends_s: float | None = None
    type: Literal["silenced"] = "silenced"


@dataclass(frozen=True, slots=True)
class Resumed:
    """What was paused comes back, from where it was."""

    seconds: float
    type: Literal["resumed"] = "resumed"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A track comes in; from here on `token` names this playing of it."""

    token: int
    item: PlanItem
    fade_s: float
    reason: str
    type: Literal["chosen"] = "chosen"


@dataclass(frozen=True, slots=True)
class Rested:
    """The music layer falls silent: the phase wants that, or no music is left. In the second case
    the session looks again at `again_s`."""

    reason: str
    again_s: float | None = None
    type: Literal["rested"] = "rested"


@dataclass(frozen=True, slots=True)
class Banned:
    """A track is banned from this session. If its file was at `fault`, it may come back once
    nothing else is left."""

    path: str
    fault: bool = False
    type: Literal["banned"] = "banned"


@dataclass(frozen=True, slots=True)
class Readmitted:
    """Tracks whose files had failed may be chosen again: one as a trial, or all once one opened."""

    paths: tuple[str, ...]
    type: Literal["readmitted"] = "readmitted"


@dataclass(frozen=True, slots=True)
class Marked:
    """The facilitator marks a moment. `note` is the id of words kept in a file of their own."""

    mark: int
    person: str = ""
    note: str = ""
    type: Literal["marked"] = "marked"


@dataclass(frozen=True, slots=True)
class AmbienceSet:
    """The environment layer changes; `name` "" is off. `by_cue` holds until the next ambience cue.
    With `stands_in` nothing else was left to play, and `by_cue` describes what was wanted."""

    name: str
    level_db: float
    token: int
    by_cue: bool
    stands_in: bool = False
    type: Literal["ambience"] = "ambience"


@dataclass(frozen=True, slots=True)
class HeardFrom:
    """A deck is confirmed to sound since `at_s`, from `position_s` in its file."""

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
    """That deck was heard up to here; `estimated` says that nobody saw its end."""

    layer: Layer
    token: int
    position_s: float
    at_s: float
    why: str
    estimated: bool = False
    type: Literal["heard_to"] = "heard_to"


@dataclass(frozen=True, slots=True)
class Faulted:
    """Something went wrong; `done` says what the session did about it."""

    what: str
    where: str = ""
    done: str = ""
    token: int = 0
    type: Literal["fault"] = "fault"


@dataclass(frozen=True, slots=True)
class Closing:
    """The session fades out over `seconds`: by `end`, by `stop`, or because the arc is over."""

    how: Literal["end", "stop", "arc"]
    seconds: float
    type: Literal["closing"] = "closing"


@dataclass(frozen=True, slots=True)
class Closed:
    """The last line of a complete journal."""

    reason: str
    type: Literal["closed"] = "closed"


_Asked = Opened | Planned | Started | Asked | Undone | Stopped
_Course = PhaseEntered | PhaseMoved | Held | Released | ArcOver | Anchored | Dosed | Boosted
_Level = ModeSet | Trimmed | Shifted | Paused | Silenced | Resumed
_Music = Chosen | Rested | Banned | Readmitted | Marked | AmbienceSet | HeardFrom | HeardTo
_Ending = Faulted | Suspended | Recovered | Closing | Closed
_Machine = OutputLost | OutputBack | OutputChosen | VolumeMoved | KeptAwake
Fact = _Asked | _Course | _Level | _Music | _Ending | _Machine


@dataclass(frozen=True, slots=True)
class Stamp:
    """When a line was written, on every clock.

    `wall` is ISO 8601 with its UTC offset. `boot_s` is a reading of the boot clock, which compares
    only within one `boot`. `at_s` counts from the session's start and `arc_s` from the dose; None
    if there was none yet.
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
