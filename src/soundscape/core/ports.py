"""What the core asks of the world: the decks, the journal, the clock, and the words they use.

The core answers every input with facts (`soundscape.core.events`) and with the actions below.
The decks carry actions out and tell what became of them in the reports below; both are plain
values, so that the same session runs on libVLC and on the null decks.
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
`hand` is where somebody else put the layer's volume, against where this program had it."""


# Actions: what the decks are asked to do.


@dataclass(frozen=True, slots=True)
class Play:
    """Bring `track` in from `offset_s`, over `fade_s`: across what plays, or up from nothing.

    `token` names this playing of it in every report. With `loop` the decks play it again and
    again, each round crossfaded with the last.
    """

    layer: Layer
    token: int
    track: Track
    offset_s: float
    fade_s: float
    loop: bool = False


@dataclass(frozen=True, slots=True)
class FadeOut:
    """Fade what the layer plays to nothing and stop it."""

    layer: Layer
    seconds: float


@dataclass(frozen=True, slots=True)
class Glide:
    """Move one gain line of a layer to `to_db`. `soften` is felt within the first second."""

    layer: Layer
    line: Line
    to_db: float
    seconds: float
    shape: Literal["even", "soften"] = "even"


@dataclass(frozen=True, slots=True)
class Freeze:
    """Fade the layers to nothing, then let their decks wait where they are."""

    layers: tuple[Layer, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Thaw:
    """Let the waiting decks go on, up from nothing."""

    layers: tuple[Layer, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Shut:
    """Everything down over `seconds`, then stop all decks and report `Down`."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Reopen:
    """What `Shut` was taking down comes back up from where it is; new plays are taken again."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Mute:
    """What a layer opens from here on begins muted: somebody muted what an engine before this one
    played, and can see that and undo it in the same place."""

    layer: Layer


@dataclass(frozen=True, slots=True)
class MoveOutput:
    """Take everything to the output `device`, "" for the default one: once a trial has shown that
    it takes sound, down to nothing over `seconds`, then report `OutputMoved`. What sounded has to
    be brought in again. Where nothing is heard, at once. Back to where it is: the fade turns round.
    """

    device: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Clear:
    """Everything is cut and forgotten at once, without a report: nobody knows what was heard.

    After it the decks are as new: every gain line at 0 dB, nothing frozen, nothing shut.
    """


Action = Play | FadeOut | Glide | Freeze | Thaw | Shut | Reopen | Mute | MoveOutput | Clear


# Reports: what the decks say happened. `at` is on the decks' clock.


@dataclass(frozen=True, slots=True)
class Sounding:
    """A deck is heard from `position_s` in its file, since `at`."""

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
    """A deck could not open its file, or stalled. What played before goes on where it can."""

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
    """The decks themselves stood still since `since`, and have cut what they played."""

    since: float
    at: float


@dataclass(frozen=True, slots=True)
class NoOutput:
    """No output takes the sound, for `what` reason: all decks have let go of what they played, and
    open nothing before `OutputAgain`. `at` is the last instant at which an output was known to.

    `gone`: it is the chosen output, or the port of it that was in use; only that one's return, or
    `MoveOutput`, brings sound back. `port` is that port, "" for none; `elsewhere` the names of the
    other outputs there are."""

    what: str
    at: float
    gone: bool = False
    port: str = ""
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutputMoved:
    """All decks have let go of what they played, and play on `device` from here on."""

    device: str
    at: float


@dataclass(frozen=True, slots=True)
class OutputRefused:
    """`device` takes no sound; the decks stay aimed at `stays`."""

    device: str
    stays: str
    at: float


@dataclass(frozen=True, slots=True)
class OutputAgain:
    """An output takes sound again."""

    at: float


@dataclass(frozen=True, slots=True)
class VolumeSeen:
    """A volume, of a layer or of the whole output, was moved by something else than the decks, and
    has come to rest. `stands_db` is as in `VolumeMoved`. `knob`: where one volume is both, which
    it was cannot be told."""

    of: Layer | Literal["output"]
    stands_db: float
    muted: bool
    at: float
    knob: bool = False


@dataclass(frozen=True, slots=True)
class AwakeSaid:
    """What keeps the machine awake, and what it refused; of no deck, but it comes the same way."""

    by: tuple[str, ...]
    refused: str
    at: float


Report = (
    Sounding
    | Silent
    | Failed
    | Down
    | NoOutput
    | OutputAgain
    | OutputMoved
    | OutputRefused
    | VolumeSeen
    | AwakeSaid
)
Told = Report | StoodStill


@dataclass(frozen=True, slots=True)
class Output:
    """An output that sound can go to. `about` is its description, `current` whether ours does."""

    name: str
    about: str
    current: bool = False


class Decks(Protocol):
    """Two music decks and two ambience decks. Never blocks the caller."""

    def do(self, action: Action) -> None:
        """Take an action; it begins within one tick."""

    def hush(self) -> None:
        """Everything down as by `stop`; for any thread. Decks of the loop's own have no need."""

    def advance(self, now: float) -> None:
        """For decks without a thread of their own: carry on up to `now`."""

    def late_s(self) -> float:
        """Seconds since a thread of their own last turned; 0 without one."""

    def next_wake(self, now: float) -> float:
        """When `advance` has to be called again at the latest; infinity for a thread of its own."""

    def position(self, token: int) -> float | None:
        """Seconds into its file of the playing named by `token`; None where it does not sound."""

    def outputs(self) -> tuple[Output, ...]:
        """The outputs there are, as last seen; empty where nobody tells."""

    def close(self) -> None:
        """Stop everything at once and let go of the device."""


Reporter = Callable[[Told], None]


class Clock(Protocol):
    """Readings of time. Only `now` measures durations."""

    def now(self) -> float:
        """Seconds on a clock that nobody can set and that counts a suspend (CLOCK_BOOTTIME)."""

    def asleep(self) -> float:
        """Seconds of `now` that the machine was suspended for; only a difference means anything."""

    def wall(self) -> datetime:
        """The wall clock, with its UTC offset."""

    def boot_id(self) -> str:
        """Names this boot: `now` of two boots do not compare."""

    def real_seconds(self, seconds: float) -> float:
        """How long `seconds` of this clock are by a real one."""

    def pass_by(self, seconds: float) -> float:
        """Let up to `seconds` of this clock pass (infinity: as many as it likes); how long a real
        clock has to be waited for that."""


class Written(Protocol):
    """Lines on their way to the disk."""

    def wait(self, seconds: float) -> bool:
        """Wait for the disk, at most so many seconds; whether it is done."""


class Journal(Protocol):
    """Where the engine writes its facts down."""

    def append(self, stamp: Stamp, facts: Sequence[Fact]) -> Written:
        """Write facts, in order, all with one stamp. Never fails and never blocks."""

    @property
    def health(self) -> JournalHealth:
        """Whether everything is on disk."""

    def note(self, words: str) -> str:
        """Keep the words of a note apart from the journal; its id."""

    def close(self, seconds: float) -> bool:
        """Write what is left, for at most so long; whether all of it is on disk."""


SLOW_S = 1.0
"""Seconds that a line waits for the disk before the disk is called slow."""


@dataclass(frozen=True, slots=True)
class JournalHealth:
    """How many lines wait for the disk, for how long the oldest has, and what the system said; ""
    where it refuses nothing.

    `restored` is how often the file was taken away while it was written, and put back whole.
    """

    waiting: int
    trouble: str
    restored: int = 0
    waited_s: float = 0.0

    @property
    def slow(self) -> bool:
        """Whether the disk refuses nothing, and is late."""
        return not self.trouble and self.waited_s >= SLOW_S

    @property
    def state(self) -> str:
        """One of: `written` (nothing waits), `on its way`, `the disk is slow`, or the trouble."""
        if self.trouble or not self.waiting:
            return self.trouble or "written"
        return "the disk is slow" if self.slow else "on its way"

    @property
    def why(self) -> str:
        """What is added to an answer that is not yet written; "" where the line is just late."""
        if not self.trouble and not self.slow:
            return ""
        return f": {self.state}, {lines_wait(self.waiting)}"


def lines_wait(count: int) -> str:
    """How many lines of the journal wait for the disk."""
    return "1 line waits" if count == 1 else f"{count} lines wait"
