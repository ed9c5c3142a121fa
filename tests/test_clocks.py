"""Three clocks: what a suspend, a clock that is set, and summer time do to a session."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from arcs_for_tests import ARC

from soundscape.audio.null import NullDecks
from soundscape.clock import BootClock, FastClock, VirtualClock, WallMoments
from soundscape.core.arc import Arc
from soundscape.core.events import Entry, HeardTo, Opened, PhaseEntered, Planned
from soundscape.core.fold import fold
from soundscape.core.machine_facts import Suspended
from soundscape.core.planner.planner import plan
from soundscape.core.session import Session, open_session
from soundscape.core.track import Track
from soundscape.engine.gaps import SuspendDetector
from soundscape.engine.loop import Engine
from soundscape.engine.rehearsal import MemoryJournal
from soundscape.journal.reader import Journal
from soundscape.journal.story import Story, tell

BERLIN = ZoneInfo("Europe/Berlin")
BEGINS = datetime(2026, 3, 4, 10, tzinfo=UTC)


@pytest.fixture
def berlin() -> Iterator[None]:
    """This machine is in Berlin."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Europe/Berlin"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.fixture
def pool(tmp_path: Path) -> tuple[Track, ...]:
    """Tracks whose files are there, as the null decks want them."""
    tracks = []
    for i in range(40):
        path = tmp_path / f"{i}.flac"
        path.write_bytes(b"x")
        tracks.append(Track(str(path), f"T{i}", 150.0 + 37.0 * (i % 7), i / 39))
    return tuple(tracks)


class MovedClock(VirtualClock):
    """A virtual clock whose machine may be suspended, and whose wall clock somebody may set."""

    def __init__(self, begins: datetime) -> None:
        super().__init__(begins)
        self._asleep = self._turned = 0.0

    def suspend(self, seconds: float) -> None:
        self._now += seconds
        self._asleep += seconds

    def turn_wall(self, seconds: float) -> None:
        self._turned += seconds

    def asleep(self) -> float:
        return self._asleep

    def wall(self) -> datetime:
        wall = super().wall()
        return datetime.fromtimestamp(wall.timestamp() + self._turned, wall.tzinfo)


def play(
    pool: tuple[Track, ...],
    begins: datetime = BEGINS,
    *,
    happens: dict[float, Callable[[MovedClock, Engine], None]],
    arc: Arc = ARC,
) -> tuple[list[Entry], Story, Session]:
    """A session on the null decks in virtual time, with what happens to it on the way."""
    clock, journal = MovedClock(begins), MemoryJournal()
    opened = Opened("testtest", arc, 1, "test", "null", end_with_arc=True)
    pools, ambiences = {"all": pool}, {"rain": replace(pool[0], duration_s=60.0)}
    session = open_session(opened, pools, ambiences)
    facts = (opened, Planned(plan(arc, pools, 1), "opens"))
    session = fold(session, facts)
    engine = Engine(session, lambda report: NullDecks(report, clock), journal, clock)
    for at_s, what in happens.items():
        clock.at(at_s, lambda what=what: what(clock, engine))  # type: ignore[misc]
    engine.run()
    entries = [Entry(0, journal.entries[0].stamp, fact) for fact in facts] + journal.entries
    story = tell(Journal(Path("testtest"), tuple(entries), ""), {})
    return journal.entries, story, fold(session, [entry.fact for entry in journal.entries])


def cue(words: str) -> Callable[[MovedClock, Engine], None]:
    """Somebody gives a cue."""
    name, *rest = words.split()
    return lambda clock, engine: engine.cue(name, rest) and None


def asleep(seconds: float) -> Callable[[MovedClock, Engine], None]:
    """The machine is suspended for so long."""
    return lambda clock, engine: clock.suspend(seconds)


def set_by(seconds: float) -> Callable[[MovedClock, Engine], None]:
    """Somebody sets the wall clock."""
    return lambda clock, engine: clock.turn_wall(seconds)


def test_after_ten_minutes_asleep_it_says_so_and_goes_on_where_the_arc_is(
    pool: tuple[Track, ...],
) -> None:
    """The whole way, engine and decks: journaled with its length and both wall stamps, arc time
    has moved, what was heard ends at the suspend, music comes in from nothing in the new phase."""
    entries, story, after = play(pool, happens={400.0: asleep(600.0)})
    gap = next(entry.fact for entry in entries if isinstance(entry.fact, Suspended))
    assert gap.what == "the machine slept for 10 min"
    assert (gap.from_s, gap.to_s) == (400.0, 1000.0)
    walls = [datetime.fromisoformat(each) for each in (gap.from_wall, gap.to_wall)]
    assert walls == [BEGINS + timedelta(seconds=each) for each in (400.0, 1000.0)]
    ends = [entry.fact for entry in entries if isinstance(entry.fact, HeardTo)]
    cut = next(each for each in ends if each.why == "suspended")
    assert cut.at_s == 400.0
    assert [phase.start_s for phase in story.phases] == [0.0, 600.0, 1320.0, 1620.0, 2220.0]
    back = next(heard for heard in story.heard if heard.layer == "music" and heard.from_s >= 1000.0)
    assert back.from_s == pytest.approx(1000.0, abs=0.5)
    assert back.phase == "peak"
    assert story.gaps[0].what == gap.what
    assert story.faults[0].what == gap.what
    assert after.last_fault is not None
    assert story.length_s == pytest.approx(2820.0 + 30.0, abs=2.0)


def test_a_suspend_while_paused_or_silent_is_not_heard(pool: tuple[Track, ...]) -> None:
    """Nothing sounds between the gap's end and the word, or the silence's own end."""
    _, story, _ = play(
        pool, happens={60.0: cue("pause"), 100.0: asleep(60.0), 300.0: cue("resume")}
    )
    music = [heard for heard in story.heard if heard.layer == "music"]
    assert music[0].why == "frozen"
    assert music[1].from_s == pytest.approx(300.0, abs=0.5)
    assert (music[1].title, music[1].position_s) == (
        music[0].title,
        pytest.approx(music[0].to_position_s, abs=0.1),
    )
    _, story, _ = play(pool, happens={60.0: cue("silence 2"), 100.0: asleep(300.0)})
    music = [heard for heard in story.heard if heard.layer == "music"]
    assert music[1].from_s == pytest.approx(400.0, abs=0.5)


def test_a_short_or_a_repeated_suspend_loses_no_time(pool: tuple[Track, ...]) -> None:
    """Two in a row, and one too short to matter: phases keep their times, journals their order."""
    entries, story, _ = play(
        pool, happens={100.0: asleep(30.0), 131.0: asleep(30.0), 200.0: asleep(0.5)}
    )
    gaps = [entry.fact for entry in entries if isinstance(entry.fact, Suspended)]
    assert [gap.from_s for gap in gaps] == [100.0, 131.0]
    assert story.phases[1].start_s == 600.0
    times = [entry.stamp.boot_s for entry in entries]
    assert times == sorted(times)


@pytest.mark.parametrize("by_s", [-86400.0, 86400.0])
def test_a_wall_clock_that_is_set_moves_nothing(pool: tuple[Track, ...], by_s: float) -> None:
    """A day back or forward in the middle of a session: every duration, phase and place is as
    without; only the stamps show the new time."""
    plain, story, _ = play(pool, happens={})
    turned, turned_story, _ = play(pool, happens={500.0: set_by(by_s)})
    assert [entry.fact for entry in turned] == [entry.fact for entry in plain]
    assert [entry.stamp.boot_s for entry in turned] == [entry.stamp.boot_s for entry in plain]
    assert turned_story.length_s == story.length_s
    last, first = turned[-1].stamp, turned[0].stamp
    shown = datetime.fromisoformat(last.wall) - datetime.fromisoformat(first.wall)
    assert shown.total_seconds() == pytest.approx(last.at_s + by_s, abs=0.01)


@pytest.mark.parametrize(
    ("begins", "offsets"),
    [
        (datetime(2026, 3, 29, 1, 40, tzinfo=BERLIN), ["+01:00", "+02:00"]),
        (datetime(2026, 10, 25, 2, 40, tzinfo=BERLIN), ["+02:00", "+01:00"]),
    ],
)
def test_summer_time_changes_stamps_and_no_duration(
    pool: tuple[Track, ...], berlin: None, begins: datetime, offsets: list[str]
) -> None:
    """A session over either change: its stamps carry the offset of their moment, its timeline is
    as long as ever, and `log show` gives each stretch its own wall time."""
    entries, story, _ = play(pool, begins, happens={})
    plain = play(pool, happens={})[1]
    assert [phase.start_s for phase in story.phases] == [phase.start_s for phase in plain.phases]
    assert story.length_s == plain.length_s
    seen = list(dict.fromkeys(entry.stamp.wall[-6:] for entry in entries))
    assert seen == offsets
    for entry in entries:
        moment = datetime.fromisoformat(entry.stamp.wall)
        assert (moment - begins.astimezone(UTC)).total_seconds() == pytest.approx(
            entry.stamp.at_s, abs=0.01
        )
    for heard in story.heard:
        moment = datetime.fromisoformat(heard.wall)
        assert (moment - begins.astimezone(UTC)).total_seconds() == pytest.approx(
            heard.from_s, abs=0.01
        )


def wall_at(begins: datetime) -> WallMoments:
    """The wall's names for the moments of a session that is three hours old now."""
    return WallMoments(VirtualClock(begins), 10_800.0)


@pytest.mark.parametrize(
    ("now", "said", "ago_min"),
    [
        # The night summer time ends: 02:00 to 03:00 is shown twice.
        ("2026-10-25T02:45+01:00", "02:30", 15),
        ("2026-10-25T02:15+01:00", "02:30", 45),
        ("2026-10-25T02:45+02:00", "02:30", 15),
        ("2026-10-25T03:10+01:00", "02:30", 40),
        ("2026-10-25T02:10+01:00", "01:50", 80),
        # The night it begins: 02:00 to 03:00 is not shown at all.
        ("2026-03-29T03:10+02:00", "01:50", 20),
        ("2026-03-29T03:10+02:00", "03:00", 10),
        ("2026-03-29T03:10+02:00", "02:30", 23 * 60 + 40),
        # Any other day, and over midnight.
        ("2026-07-01T14:10+02:00", "14:10", 0),
        ("2026-07-01T00:10+02:00", "23:50", 20),
        ("2026-07-01T14:10+02:00", "14:11", 24 * 60 - 1),
    ],
)
def test_a_time_of_day_is_when_the_wall_last_showed_it(
    berlin: None, now: str, said: str, ago_min: int
) -> None:
    """`dose --at 02:30` in the hour that is shown twice means the later one that is past."""
    found = wall_at(datetime.fromisoformat(now)).last(said)
    assert found == 10_800.0 - ago_min * 60.0


def test_an_end_is_named_as_the_wall_will_show_it(berlin: None) -> None:
    """Half an hour after 02:45 in the first of the two hours it is 02:15 again."""
    moments = wall_at(datetime.fromisoformat("2026-10-25T02:45+02:00"))
    assert moments.name(10_800.0 + 1800.0) == "02:15"


def test_the_boot_clock_counts_a_suspend_and_tells_of_it() -> None:
    """`now` is the clock that counts it; `asleep` the difference to the one that does not; a
    faster clock is faster in both."""
    clock = BootClock()
    assert clock.now() == pytest.approx(time.clock_gettime(time.CLOCK_BOOTTIME), abs=1.0)
    slept = time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()
    assert clock.asleep() == pytest.approx(slept, abs=0.1)
    fast = FastClock(10.0, 100.0)
    assert fast.at(101.0) == 110.0
    assert fast.asleep() == pytest.approx(slept * 10.0, abs=1.0)


def test_a_wait_that_ends_much_too_late_is_a_suspend_that_no_clock_told_of() -> None:
    """Where the platform does not tell of a suspend; work between two waits is none."""
    clock = VirtualClock(BEGINS)
    suspends = SuspendDetector(clock)
    clock.pass_by(60.0)  # Work, however long.
    suspends.rest(0.5)
    clock.pass_by(9.0)
    assert suspends.look() is None
    suspends.rest(0.5)
    clock.pass_by(30.0)
    still = suspends.look()
    assert still is not None
    assert (still.since, still.until, still.suspended) == (69.0, 99.0, False)
    assert suspends.look() is None


def test_the_phases_that_passed_in_a_suspend_are_told_as_such(pool: tuple[Track, ...]) -> None:
    """Nobody later takes them for played: their reason says that their time came meanwhile."""
    entries, _, _ = play(pool, happens={500.0: asleep(1000.0)})
    reasons = [entry.fact.reason for entry in entries if isinstance(entry.fact, PhaseEntered)]
    assert reasons[1:3] == ["its time came meanwhile"] * 2
