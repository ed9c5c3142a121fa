"""Music never runs out, and nothing falls silent that nobody silenced: hours on two tracks, a
playlist used up, files that are gone and come back, an arc of ambience alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from arcs_for_tests import AMBIENCES, session
from desk import Desk
from support.values import phase, track

from soundscape.audio.null import NullDecks
from soundscape.clock import VirtualClock
from soundscape.core import reports
from soundscape.core.arc import Ambience, Arc, Curve
from soundscape.core.events import (
    AmbienceSet,
    Banned,
    Chosen,
    Fact,
    Faulted,
    HeardFrom,
    Opened,
    Planned,
    Readmitted,
    Rested,
)
from soundscape.core.fold import fold
from soundscape.core.planner.planner import plan
from soundscape.core.ports import FadeOut, Failed, Play, Silent
from soundscape.core.session import Session, open_session
from soundscape.core.track import Track
from soundscape.engine.loop import Engine
from soundscape.engine.rehearsal import MemoryJournal

HOUR_S = 3600.0


def chosen(desk: Desk) -> list[str]:
    return [fact.item.track.title for fact in desk.facts if isinstance(fact, Chosen)]


def fails(desk: Desk) -> None:
    """What was asked for last will not open."""
    token = desk.session.track
    report = Failed("music", token, "will not open", desk.now)
    desk.take(reports.on_report(desk.session, report, desk.now))


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("how", ["hold", "until cue", "over"])
def test_hours_on_two_or_three_tracks(how: str, count: int) -> None:
    """Held, open-ended or over: the few tracks there are come again and again, none twice in a
    row, and no moment is without one."""
    tracks = tuple(track(f"few{i}", 240.0 + 30.0 * i, 0.3) for i in range(count))
    arc = Arc("Few", (phase("wait", 5, until="cue" if how == "until cue" else "time"),))
    if how == "hold":
        arc = replace(arc, phases=(*arc.phases, phase("then", 5)))
    desk = Desk(session(arc, tracks))
    if how == "hold":
        desk.cue("hold")
    for _ in desk.until(5 * HOUR_S):
        assert desk.session.playing is not None
        assert desk.session.music_ends_s() is not None
    heard = chosen(desk)
    assert len(heard) > 5 * HOUR_S / (240.0 + 30.0 * count)
    assert all(one != two for one, two in pairwise(heard))
    assert not [fact for fact in desk.facts if isinstance(fact, Faulted)]


def test_one_track_alone_comes_again() -> None:
    """Where there is only one it is crossed with itself, rather than nothing at all."""
    desk = Desk(session(Arc("One", (phase("wait", 5, until="cue"),)), (track("one", 240.0, 0.3),)))
    desk.pass_to(HOUR_S)
    assert len(chosen(desk)) > 12
    assert desk.session.playing is not None


def used_up() -> Desk:
    """A phase whose playlist is used up soon, beside another with a near and a far track."""
    one = phase("one", 60, playlists=("own",), curve=Curve.spread((0.3,)))
    arc = Arc("Used", (one, phase("two", 10, playlists=("other",))))
    opened = Opened("testtest", arc, 1, "test", "null")
    pools = {
        "own": (track("own", 200.0, 0.3),),
        "other": (track("near", 200.0, 0.35), track("far", 200.0, 0.9)),
    }
    made = open_session(opened, pools, AMBIENCES)
    return Desk(fold(made, (opened, Planned(plan(arc, pools, 1), "opens"))))


def test_a_playlist_used_up_goes_on_in_order_and_says_why() -> None:
    """First the unheard near neighbour, then what was heard longest ago; never what is far. Each
    choice has its reason in the journal, and the plan warns of it."""
    desk = used_up()
    assert any("own" in str(warning) for warning in desk.session.plan.warnings)
    desk.pass_to(3000.0)
    heard = [fact for fact in desk.facts if isinstance(fact, Chosen)]
    assert [fact.item.track.title for fact in heard[:4]] == ["Own", "Near", "Own", "Near"]
    assert "Far" not in [fact.item.track.title for fact in heard]
    assert "used up" in heard[1].reason + heard[1].item.reason
    assert "as nothing unheard is left" in heard[2].reason + heard[2].item.reason


def test_with_no_music_left_an_ambience_comes_though_none_was_asked_for() -> None:
    """Every file gone: ambience alone, from nothing, with its reason; what nobody wanted goes
    again when music is back."""
    desk = used_up()
    desk.now = 10.0
    for _ in range(2):
        fails(desk)
    assert desk.session.playing is None
    faults = [fact for fact in desk.facts if isinstance(fact, Faulted)]
    assert [fault.what for fault in faults[-2:]] == [
        "no music is left for this phase",
        "nothing else is left to play",
    ]
    assert faults[-1].done == "ocean plays alone"
    assert desk.session.ambience.now == Ambience("ocean")
    play = [action for action in desk.actions if isinstance(action, Play)][-1]
    assert (play.layer, play.track.title, play.loop) == ("ambience", "Ocean", True)
    desk.cue("transition")
    assert desk.session.playing is not None
    assert desk.session.ambience.now is None


def test_an_ambience_that_was_sent_away_comes_alone_and_stays_away_after() -> None:
    """`ambience off` holds while there is music; without any, silence would be worse."""
    arc = Arc("Off", (phase("one", 10, ambience=Ambience("rain")), phase("two", 10)))
    arc = replace(arc, phases=(arc.phases[0], replace(arc.phases[1], ambience=Ambience("rain"))))
    desk = Desk(session(arc, (track("a", 200.0, 0.3),)))
    desk.cue("ambience", "off")
    fails(desk)
    assert desk.session.ambience.now == Ambience("rain")
    assert desk.session.ambience.stands_in
    desk.cue("undo")
    desk.take(reports.on_report(desk.session, Failed("music", 99, "stalled", 1.0), 1.0))
    assert desk.session.ambience.now == Ambience("rain")


def test_a_stand_in_that_is_sent_away_stays_away() -> None:
    """Then silence was chosen: no minute brings it back, only music or a cue."""
    desk = used_up()
    desk.now = 10.0
    for _ in range(2):
        fails(desk)
    desk.cue("ambience", "off")
    for path in desk.session.failed:
        desk.session = replace(desk.session, failed=(), banned=desk.session.banned | {path})
    desk.pass_to(400.0)
    assert desk.session.playing is None
    assert desk.session.ambience.now is None
    assert desk.session.retry_at_s is not None


def test_a_minute_later_music_is_looked_for_again() -> None:
    """Of files that would not open one a minute is tried, the longest gone first; when it sounds
    all may come again, and the stand-in leaves."""
    desk = Desk(session(Arc("Back", (phase("one", 90, until="cue"),)), tuple(
        track(f"b{i}", 200.0, 0.3) for i in range(3)
    )))  # fmt: skip
    for _ in range(3):
        fails(desk)
    assert desk.session.failed == tuple(
        fact.path for fact in desk.facts if isinstance(fact, Banned)
    )
    assert desk.session.ambience.stands_in
    faults = desk.session.faults
    first = desk.session.failed[0]
    assert desk.session.retry_at_s == 60.0
    due = next(desk.until(61.0))
    assert due == 60.0
    assert desk.session.playing is not None
    # The desk has confirmed it at once: all three are back.
    assert desk.session.failed == ()
    assert desk.session.banned == frozenset()
    assert desk.session.faults == faults
    assert Readmitted((first,)) in desk.facts
    assert desk.session.ambience.now is not None or desk.session.playing is not None


def test_an_ambience_that_breaks_off_begins_again() -> None:
    """A loop never ends by itself: where its file is shorter than it says, it comes up anew."""
    desk = Desk(session(Arc("Loop", (phase("one", 10, ambience=Ambience("rain")),))))
    token = desk.session.ambience.token
    desk.now = 40.0
    desk.take(reports.on_report(desk.session, Silent("ambience", token, 31.0, 40.0, "end"), 40.0))
    assert desk.session.ambience.token > token
    play = [action for action in desk.actions if isinstance(action, Play)][-1]
    assert (play.layer, play.track.title, play.offset_s) == ("ambience", "Rain", 0.0)


def alone(ambience: str = "rain", minutes: float = 10.0) -> Arc:
    """An arc that has nothing but ambience."""
    parts = [
        phase(name, minutes, playlists=(), ambience=Ambience(sound))
        for name, sound in (("one", ambience), ("two", "ocean"))
    ]
    return Arc("Alone", tuple(parts))


def test_a_session_of_ambience_alone_is_whole() -> None:
    """Its ambiences follow each other, nothing is missed, and level cues and `next` say how it
    is."""
    desk = Desk(session(alone(), ()))
    assert desk.session.plan.warnings == ()
    desk.pass_to(700.0)
    assert desk.session.ambience.now == Ambience("ocean")
    assert desk.session.faults == 0
    assert "no music" in desk.cue("next")
    desk.cue("silence", "2")
    desk.pass_to(1000.0)
    assert not desk.session.waits
    desk.pass_to(2000.0)
    assert desk.session.course.over
    assert desk.session.ambience.now == Ambience("ocean")


def test_an_ambience_that_is_gone_where_it_is_all_there_is() -> None:
    """Another comes in for it; with none left it is looked for again every minute."""
    desk = Desk(session(alone(), ()))
    for _ in range(2):
        token = desk.session.ambience.token
        failed = Failed("ambience", token, "will not open", desk.now)
        desk.take(reports.on_report(desk.session, failed, desk.now))
    assert desk.session.ambience.now is None
    assert desk.session.retry_at_s == 60.0
    desk.pass_to(61.0)
    assert desk.session.ambience.now == Ambience("rain")
    desk.pass_to(601.0)
    assert desk.session.ambience.now == Ambience("ocean")


# The same on the engine, with files that are really there, and then are not.


class Trip:
    """A session on the engine and the null decks, over real files, in virtual time."""

    def __init__(self, folder: Path, names: tuple[str, ...]) -> None:
        self.paths = [folder / f"{name}.flac" for name in names]
        self.tracks = tuple(Track(str(path), path.stem, 200.0, 0.3) for path in self.paths)
        self.rain = folder / "rain.flac"
        self.there(*self.paths, self.rain)
        self.clock = VirtualClock(datetime(2026, 3, 4, tzinfo=UTC))
        self.journal = MemoryJournal()

    def there(self, *paths: Path) -> None:
        for path in paths:
            path.write_bytes(b"x")

    def gone(self, *paths: Path) -> None:
        for path in paths:
            path.unlink()

    def play(self, arc: Arc, until_s: float) -> list[tuple[float, Fact]]:
        pools = {"all": self.tracks}
        opened = Opened("testtest", arc, 1, "test", "null")
        ambiences = {"rain": Track(str(self.rain), "rain", 60.0, 0.0)}
        facts = (opened, Planned(plan(arc, pools, 1), "opens"))
        made: Session = fold(open_session(opened, pools, ambiences), facts)
        engine = Engine(made, lambda r: NullDecks(r, self.clock), self.journal, self.clock)
        self.clock.at(until_s, lambda: engine.cue("end", []))
        engine.run()
        return [(entry.stamp.at_s, entry.fact) for entry in self.journal.entries]


def test_every_file_of_a_playlist_gone_while_playing_and_back_again(tmp_path: Path) -> None:
    """The drive goes at 1:40 and is back at 20:00: what plays ends, each file is tried and told,
    the ambience comes alone, and a minute after the files are back music goes on."""
    trip = Trip(tmp_path, ("a", "b", "c"))
    trip.clock.at(100.0, lambda: trip.gone(*trip.paths))
    trip.clock.at(1200.0, lambda: trip.there(*trip.paths))
    told = trip.play(Arc("Drive", (phase("one", 60),)), 1900.0)
    faults = [(at, fact) for at, fact in told if isinstance(fact, Faulted)]
    gone = {fact.where for _, fact in faults if fact.what == "will not open"}
    assert gone == {str(path) for path in trip.paths}
    (out,) = [at for at, fact in faults if fact.what == "no music is left for this phase"]
    (rain,) = [at for at, f in told if isinstance(f, HeardFrom) and f.layer == "ambience"]
    assert out <= rain < out + 2.0
    assert len([1 for _, fact in told if isinstance(fact, Rested)]) > 10
    music = [at for at, f in told if isinstance(f, HeardFrom) and f.layer == "music" and at > out]
    assert 1200.0 < music[0] <= 1200.0 + 61.0
    assert len(music) > 2
    (left,) = [at for at, f in told if isinstance(f, AmbienceSet) and not f.name]
    assert left == pytest.approx(music[0], abs=1.0)
    assert not any(fact.what.startswith("internal error") for _, fact in faults)


def test_the_music_that_ends_into_nothing_fades(tmp_path: Path) -> None:
    """The last track there is left does not break off: it is faded out before its end."""
    desk = used_up()
    keep = desk.session.playing
    assert keep is not None
    desk.session = replace(desk.session, banned=frozenset(
        t.path for pool in desk.session.pools.values() for t in pool
    ))  # fmt: skip
    desk.pass_to(250.0)
    assert desk.session.playing is None
    fade = [action for action in desk.actions if isinstance(action, FadeOut)]
    assert fade[0].layer == "music"
    assert fade[0].seconds > 1.0
