"""Sessions as the live screen may find them, made of the core's own facts; and a screen without a
terminal, to which a test is the session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from soundscape.core.events import (
    AmbienceSet,
    Asked,
    Chosen,
    Closing,
    Fact,
    Faulted,
    HeardFrom,
    Held,
    Marked,
    ModeSet,
    Opened,
    Paused,
    PhaseEntered,
    Planned,
    Shifted,
    Silenced,
    Started,
    Stopped,
    Trimmed,
)
from soundscape.core.fold import fold
from soundscape.core.machine_facts import KeptAwake, OutputLost, VolumeMoved
from soundscape.core.plan import Plan, PlanItem
from soundscape.core.ports import JournalHealth
from soundscape.core.session import Session, open_session
from soundscape.core.track import Track
from soundscape.engine.status import describe
from soundscape.library.arcs.load import load_arc
from soundscape.preflight.supplies import Power
from soundscape.tui.keys import CueKeyed
from soundscape.tui.link import News, Seen, Stands
from soundscape.tui.screen import Live

ARC = Path(__file__).parent.parent / "arcs" / "first-journey.yaml"
NOW_S = 2520.0
MAINS = Power(known=True)


class Afternoon:
    """A wall clock on which the session began at 14:00."""

    def name(self, at_s: float) -> str:
        minutes = 14 * 60 + int(at_s // 60)
        return f"{minutes // 60 % 24}:{minutes % 60:02d}"

    def last(self, text: str) -> float | None:
        return None


def _item(phase: int, title: str, start_s: float, end_s: float) -> PlanItem:
    track = Track(f"/music/{title}.flac", title, 420.0, 0.6, artist="soundscape starter")
    return PlanItem(phase, track, start_s, end_s, 0.0, "near the curve")


WIDE_SKY = _item(1, "Wide sky", 2423.0, 2800.0)
PLAN = Plan(items=(WIDE_SKY, _item(1, "Deep current", 2785.0, 3190.0)))

PLAYING: tuple[Fact, ...] = (
    Planned(PLAN, "opens"),
    Started(),
    KeptAwake(("logind",), ""),
    PhaseEntered(0, 0.0, 1200.0, "the session begins"),
    AmbienceSet("rain", -14.0, 1, by_cue=False),
    Asked("mark", {"person": "A"}, True, "mark 1 for A at 0:09:10, onset", 550.0, ("mark",)),
    Marked(1, "A"),
    PhaseEntered(1, 1200.0, 3600.0, "its time has come"),
    Asked("mark", {}, True, "mark 2 at 0:31:02, peak", 1862.0, ("mark",)),
    Marked(2),
    Chosen(2, WIDE_SKY, 15.0, "near the curve"),
    HeardFrom("music", 2, WIDE_SKY.track.path, "Wide sky", 1, 0.0, 2423.0),
    Asked("soften", {}, True, "softer by 4 dB over 6 s; gentler from here on", 2490.0, ("trim",)),
    Trimmed(-4.0, 6.0),
    Shifted(-0.15),
)
"""Forty-two minutes into the first journey."""

_PAUSED = (
    Asked("pause", {}, True, "down over 8 s; the music waits", 2515.0, ("rest",)),
    Paused(8.0),
)
_HELD = (
    Asked("hold", {}, True, "peak stays until `release`", 2300.0, ("course",)),
    Held(1100.0, 1300.0),
)

CASES: dict[str, tuple[Fact, ...]] = {
    "waiting": (KeptAwake(("logind",), ""),),
    "playing": PLAYING,
    "paused": (*PLAYING, *_PAUSED),
    "held": (*PLAYING, *_HELD),
    "silence": (*PLAYING, Silenced(8.0, 2820.0)),
    "talk": (*PLAYING, ModeSet("talk")),
    "paused in talk": (*PLAYING, ModeSet("talk"), *_PAUSED),
    "held in talk": (*PLAYING, *_HELD, ModeSet("talk")),
    "stopping": (*PLAYING, Closing("stop", 1.5)),
    "stopped": (*PLAYING, Closing("stop", 1.5), Stopped(2519.0)),
    "closing": (*PLAYING, Closing("end", 30.0)),
    "no sound": (
        *PLAYING,
        Faulted("the sound server is gone", done="looked for again"),
        OutputLost("the sound server is gone", 2500.0),
    ),
    "muted": (*PLAYING, VolumeMoved("output", -70.0, True, "left", 2500.0)),
    "turned down": (*PLAYING, VolumeMoved("music", -9.0, False, "left", 2500.0)),
    "no disk": PLAYING,
    "slow disk": PLAYING,
    "may sleep": (*PLAYING, KeptAwake((), "logind refused")),
    "broke off": (*PLAYING, Faulted("the engine broke off", done="came back")),
}


def session_of(case: str) -> Session:
    """The session of a case."""
    facts = CASES[case]
    opened = Opened("k7q2m9xd", load_arc(ARC), 1, "test", "null")
    names = ("fire", "forest", "ocean", "rain", "still tone")
    ambiences = {name: Track(f"/ambience/{name}.flac", name, 60.0, 0.1) for name in names}
    return fold(open_session(opened, ambiences=ambiences), facts)


def status_of(case: str) -> dict[str, Any]:
    """Its status, as the control port tells it."""
    session = session_of(case)
    trouble = "No space left on device" if case == "no disk" else ""
    begins = "2026-03-04T15:30:00+01:00" if case == "waiting" else None
    now_s = 0.0 if begins else NOW_S
    slow_s = 4.0 if case == "slow disk" else 0.0
    health = JournalHealth(4 if trouble or slow_s else 0, trouble, waited_s=slow_s)
    return describe(session, now_s, 97.0, health, begins, Afternoon(), 4711)


@dataclass
class Clock:
    """A clock that stands until a test moves it."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Played:
    """Stands for the session: keeps what is given, and says what a test wants said."""

    tell: Callable[[News], None]
    given: list[tuple[int, CueKeyed]] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)

    def open(self) -> None:
        pass

    def give(self, number: int, said: CueKeyed, seen: Seen = None) -> None:
        self.given.append((number, said))
        self.seen.append(seen)

    @property
    def cues(self) -> list[str]:
        """What was given, as it would be typed."""
        return [" ".join((said.cue, *said.words)) for _, said in self.given]


BOUND = {"pagedown": CueKeyed("next", ("--never",)), "f5": CueKeyed("mark")}
"""Keys of a clicker."""


class Stage:
    """A screen, the session behind it, and its clock."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.session: Played | None = None
        self.live = Live(self._way, bound=BOUND, clock=self.clock, wall=lambda: "14:42")

    def _way(self, tell: Callable[[News], None]) -> Played:
        self.session = Played(tell)
        return self.session

    @property
    def played(self) -> Played:
        assert self.session is not None
        return self.session

    def stands(self, status: dict[str, Any], power: Power = MAINS) -> None:
        """The session says how it stands."""
        self.played.tell(Stands(status, power))

    @property
    def shown(self) -> str:
        """What the screen shows, as text."""
        lines = self.live.lines
        return "\n".join(lines.render_line(y).text.rstrip() for y in range(self.live.size.height))


def names(given: Sequence[tuple[int, CueKeyed]]) -> list[str]:
    """The cues alone."""
    return [said.cue for _, said in given]
