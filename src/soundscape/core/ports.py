"""What the core asks of the world: the decks, the journal, the clock, and their vocabulary.

The core answers every input with facts (`soundscape.core.events`) and the actions below. The decks
carry the actions out and tell the results in the reports below. Both are plain values, so that the
same session runs on libVLC and on the null decks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from soundscape.core.events import Fact, Stamp
from soundscape.core.track import Layer, Track

Line = Literal["level", "trim", "hand", "pause", "close"]
"""The gain lines of a layer. They add up in dB, with the track's loudness match and its seam.
`hand` is the change that something else made to the layer's volume, relative to ours."""


# Actions: what the core asks the decks to do.


@dataclass(frozen=True, slots=True)
class Play:
    """Bring `track` in from `offset_s`, over `fade_s`: across what plays, or from silence.

    `token` names this playing of it in every report. With `loop` the decks play it again and again,
    each round crossfaded with the last.
    """

    layer: Layer
    token: int
    track: Track
    offset_s: float
    fade_s: float
    loop: bool = False


@dataclass(frozen=True, slots=True)
class FadeOut:
    """Fade what the layer plays to silence and stop it."""

    layer: Layer
    seconds: float


@dataclass(frozen=True, slots=True)
class Glide:
    """Move one gain line of a layer to `to_db`. A `soften` is felt within the first second."""

    layer: Layer
    line: Line
    to_db: float
    seconds: float
    shape: Literal["even", "soften"] = "even"


@dataclass(frozen=True, slots=True)
class Freeze:
    """Fade the layers to silence, then pause their decks where they are."""

    layers: tuple[Layer, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Thaw:
    """Let the paused decks go on, fading in from silence."""

    layers: tuple[Layer, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Shut:
    """Fade everything out over `seconds`, then stop all decks and report `Down`."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Reopen:
    """Bring back up what `Shut` was taking down, from where it is; new plays are accepted again."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Mute:
    """Start what a layer opens from here on muted. Somebody muted what an earlier engine played,
    and can see that and undo it in the same place."""

    layer: Layer


@dataclass(frozen=True, slots=True)
class MoveOutput:
    """Move everything to the output `device`, "" for the default one.

    Once a trial has shown that it accepts sound, fade out over `seconds` and report `OutputMoved`.
    The core must then bring in again what was playing. If nothing is heard, the move is immediate.
    A move back to the present output reverses the fade.
    """

    device: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Clear:
    """Cut and forget everything at once, without a report: nobody knows what was heard.

    Afterwards the decks are as new: every gain line at 0 dB, nothing frozen, nothing shut.
    """


Action = Play | FadeOut | Glide | Freeze | Thaw | Shut | Reopen | Mute | MoveOutput | Clear


# Reports: what happened on the decks. `at` is on the decks' clock.


@dataclass(frozen=True, slots=True)
class Sounding:
    """A deck has been heard from `position_s` in its file, since `at`."""

    layer: Layer
    token: int
    position_s: float
    at: float


@dataclass(frozen=True, slots=True)
class Silent:
    """A deck is no longer heard: after a seam, at its end, frozen, cut short, muted or shut."""

    layer: Layer
    token: int
    position_s: float
    at: float
    why: Literal["seam", "end", "frozen", "faded", "fault", "muted", "moved"]


@dataclass(frozen=True, slots=True)
class Failed:
    """A deck could not open its file, or stalled. What played before goes on if it can."""

    layer: Layer
    token: int
    what: Literal["will not open", "stalled"]
    at: float


@dataclass(frozen=True, slots=True)
class Down:
    """All decks are silent and stopped, as `Shut` asked."""

    at: float


@dataclass(frozen=True, slots=True)
class StoodStill:
    """The decks themselves were suspended since `since`, and have cut what they played."""

    since: float
    at: float


@dataclass(frozen=True, slots=True)
class NoOutput:
    """No output accepts the sound, because of `what`. All decks have released what they played, and
    open nothing before `OutputAgain`. `at` is the last instant at which an output worked.

    With `gone` the chosen output, or the port of it that was in use, has disappeared; only its
    return or `MoveOutput` brings sound back. `port` is that port, "" for none; `elsewhere` names
    the other outputs."""

    what: str
    at: float
    gone: bool = False
    port: str = ""
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutputMoved:
    """All decks have released what they played, and play on the output that was asked for."""

    at: float


@dataclass(frozen=True, slots=True)
class OutputRefused:
    """`device` does not accept sound; the decks stay on `stays`."""

    device: str
    stays: str
    at: float


@dataclass(frozen=True, slots=True)
class OutputAgain:
    """An output accepts sound again."""

    at: float


@dataclass(frozen=True, slots=True)
class VolumeSeen:
    """Something other than the decks moved a volume, of a layer or of the output, and it has come
    to rest. `stands_db` is as in `VolumeMoved`. With `knob` one volume is both, and which of them
    was meant is not known."""

    of: Layer | Literal["output"]
    stands_db: float
    muted: bool
    at: float
    knob: bool = False


_OfDeck = Sounding | Silent | Failed | Down
_OfOutput = NoOutput | OutputAgain | OutputMoved | OutputRefused | VolumeSeen
Report = _OfDeck | _OfOutput
Told = Report | StoodStill


@dataclass(frozen=True, slots=True)
class Output:
    """An output for sound. `about` is its description; `current` says that ours goes there."""

    name: str
    about: str
    current: bool = False


class Decks(Protocol):
    """Two music decks and two ambience decks. They never block the caller."""

    def do(self, action: Action) -> None:
        """Take an action; it begins within one tick."""

    def hush(self) -> None:
        """Silence everything as by `stop`, from any thread. Decks without a thread do nothing."""

    def advance(self, now: float) -> None:
        """Carry on up to `now`, for decks without a thread of their own."""

    def late_s(self) -> float:
        """Return the seconds since their own thread last turned; 0 without one."""

    def next_wake(self, now: float) -> float:
        """Tell when `advance` must be called at the latest; infinity with a thread of their own."""

    def position(self, token: int) -> float | None:
        """Return the seconds into its file of the playing `token`; None if it does not sound."""

    def outputs(self) -> tuple[Output, ...]:
        """List the outputs as last seen; empty if they are not known."""

    def close(self) -> None:
        """Stop everything at once and release the device."""


Reporter = Callable[[Told], None]


class Clock(Protocol):
    """Readings of time. Only `now` measures durations."""

    def now(self) -> float:
        """Seconds on a clock that nobody can set and that counts a suspend (CLOCK_BOOTTIME)."""

    def asleep(self) -> float:
        """Seconds of `now` in which the machine was suspended; only differences mean anything."""

    def wall(self) -> datetime:
        """The wall clock, with its UTC offset."""

    def boot_id(self) -> str:
        """The id of this boot: readings of `now` from two boots do not compare."""

    def real_seconds(self, seconds: float) -> float:
        """Convert `seconds` of this clock to real seconds."""

    def pass_by(self, seconds: float) -> float:
        """Let up to `seconds` of this clock pass (infinity: as many as it likes).

        Returns how many real seconds to wait for that.
        """


class Written(Protocol):
    """Lines on their way to the disk."""

    def wait(self, seconds: float) -> bool:
        """Wait for the disk for at most `seconds`; return whether it is done."""


class JournalPort(Protocol):
    """The place where the engine writes its facts."""

    def append(self, stamp: Stamp, facts: Sequence[Fact]) -> Written:
        """Write facts, in order, all with one stamp. Never fails and never blocks."""

    @property
    def health(self) -> JournalHealth:
        """Whether everything is on disk."""

    def note(self, words: str) -> str:
        """Store the words of a note apart from the journal; return their id."""

    def close(self, seconds: float) -> bool:
        """Write what is left, for at most `seconds`; return whether all of it is on disk."""


SLOW_S = 1.0
"""Seconds a line may wait for the disk before the disk counts as slow."""


@dataclass(frozen=True, slots=True)
class JournalHealth:
    """How many lines wait for the disk, how long the oldest has waited, and the system's error; ""
    if there is none.

    `restored` counts how often the file disappeared while it was written, and was written again.
    """

    waiting: int
    trouble: str
    restored: int = 0
    waited_s: float = 0.0

    @property
    def slow(self) -> bool:
        """Whether the disk is late without an error."""
        return not self.trouble and self.waited_s >= SLOW_S

    @property
    def state(self) -> str:
        """One of: `written` (nothing waits), `on its way`, `the disk is slow`, or the error."""
        if self.trouble or not self.waiting:
            return self.trouble or "written"
        return "the disk is slow" if self.slow else "on its way"

    @property
    def why(self) -> str:
        """What to add to an answer that is not yet written; "" if the line is just a bit late."""
        if not self.trouble and not self.slow:
            return ""
        return f": {self.state}, {lines_wait(self.waiting)}"


def lines_wait(count: int) -> str:
    """Say how many lines of the journal wait for the disk."""
    return "1 line waits" if count == 1 else f"{count} lines wait"
