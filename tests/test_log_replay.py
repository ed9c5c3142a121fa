"""Hearing a moment of an old session again."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from handmade import ARC
from house import House
from hypothesis import given
from hypothesis import strategies as st

from soundscape.audio.null import NullDecks
from soundscape.clock import VirtualClock
from soundscape.core import fade
from soundscape.core.events import (
    Chosen,
    Entry,
    Fact,
    HeardFrom,
    HeardTo,
    Opened,
    PhaseEntered,
    Stamp,
    Started,
    Trimmed,
)
from soundscape.core.plan import PlanItem
from soundscape.core.ports import FadeOut, Glide, Play, Shut
from soundscape.core.track import Track
from soundscape.engine.replay import Replay
from soundscape.journal.again import IN_S, ReplayStep, again, stretches, where_found

RAIN = Track("/m/rain", "Rain", 60.0, 0.0, key="rain")


def track(n: int, folder: str = "/m") -> Track:
    return Track(f"{folder}/{n}.flac", f"Track {n}", 300.0, 0.3, artist="Bo", key=f"k{n}")


def entries(*facts: tuple[float, Fact]) -> list[Entry]:
    """A session's lines: opened, begun, and then what is given."""
    head: list[tuple[float, Fact]] = [
        (0.0, Opened("abcd2345", ARC, 1, "0.1", "null")),
        (0.0, Started()),
        (0.0, PhaseEntered(0, 0.0, 600.0, "the session begins")),
    ]
    return [
        Entry(n, Stamp("", at_s, "", at_s), fact)
        for n, (at_s, fact) in enumerate([*head, *facts], 1)
    ]


def heard(token: int, from_s: float, to_s: float, at_s: float = 0.0) -> list[tuple[float, Fact]]:
    """One playing of a track, as a journal has it."""
    item = PlanItem(0, track(token), from_s, to_s, at_s, "fits")
    begun = HeardFrom("music", token, item.track.path, item.track.title, 0, at_s, from_s)
    ended = HeardTo("music", token, at_s + to_s - from_s, to_s, "seam")
    return [(from_s, Chosen(token, item, 6.0, "fits")), (from_s, begun), (to_s, ended)]


TWO = entries(
    *heard(1, 0.0, 100.0),
    *heard(2, 85.0, 200.0),
    (90.0, Trimmed(-4.0, 6.0)),
    *heard(3, 260.0, 400.0),
)


def test_what_was_heard_is_heard_from_the_same_second_of_its_file() -> None:
    """From 50 s on: the first track from its own 50 s, the next across the same seam 35 s later."""
    steps = again(TWO, stretches(TWO, {}), 50.0, 120.0)
    plays = [(s.at_s, s.action) for s in steps if isinstance(s.action, Play)]
    assert [(at_s, p.track.title, p.offset_s, p.fade_s) for at_s, p in plays] == [
        (0.0, "Track 1", 50.0, IN_S),
        (35.0, "Track 2", 0.0, 15.0),
    ]
    assert (steps[-1].at_s, steps[-1].action) == (64.0, Shut(IN_S))


def test_cues_are_heard_again_unless_it_is_plain() -> None:
    """`soften` takes the level down where it did, and a silence is one; `--plain` has one level,
    and what was heard after the silence follows at once."""
    steps = again(TWO, stretches(TWO, {}), 50.0, 300.0)
    glides = [(s.at_s, s.action.to_db) for s in steps if isinstance(s.action, Glide)]
    assert glides == [(0.0, -6.0), (40.0, -10.0)]
    assert [s.at_s for s in steps if isinstance(s.action, FadeOut)] == [142.0]
    assert [s.at_s for s in steps if isinstance(s.action, Play)][-1] == 210.0
    plain = again(TWO, stretches(TWO, {}), 50.0, 300.0, plain=True)
    glides = [(s.at_s, s.action.to_db) for s in plain if isinstance(s.action, Glide)]
    assert glides == [(0.0, -6.0)]
    assert [s.at_s for s in plain if isinstance(s.action, Play)] == [0.0, 35.0, 150.0]


def test_an_ambience_goes_on_from_its_place_in_the_round() -> None:
    """It went round and round; what was lifted over comfort is not heard so again."""
    facts = entries(
        (10.0, HeardFrom("ambience", 9, RAIN.path, "Rain", 0, 0.0, 10.0)),
        (20.0, Trimmed(30.0, 8.0)),
        *heard(1, 0.0, 300.0),
    )
    steps = again(facts, stretches(facts, {RAIN.path: RAIN}), 210.0, 240.0)
    (rain,) = [s.action for s in steps if isinstance(s.action, Play) and s.action.loop]
    assert rain.offset_s == pytest.approx(200.0 % 60.0)
    assert [s.action.to_db for s in steps if isinstance(s.action, Glide)] == [0.0]


def test_a_file_that_moved_is_known_by_its_sound_and_one_that_is_gone_is_named() -> None:
    """Each track is asked for once more; those that nobody finds are told and left out."""

    def find(each: Track) -> Track | None:
        return None if each.key == "k2" else track(int(each.key[1:]), "/moved")

    near, gone = where_found(stretches(TWO, {}), find)
    assert [each.title for each in gone] == ["Track 2"]
    assert [each.track.path for each in near] == ["/moved/1.flac", "/moved/3.flac"]


@given(
    st.lists(st.tuples(st.floats(1, 200), st.floats(-40, 60)), min_size=1, max_size=8),
    st.floats(0, 500),
    st.floats(10, 400),
    st.booleans(),
)
def test_any_stretch_of_any_session_is_a_sound_thing_to_play(
    rows: list[tuple[float, float]], from_s: float, length_s: float, plain: bool
) -> None:
    """Steps are in order, none before the start nor after the closing; every offset lies in its
    file, every level at or under comfort, every fade long enough."""
    facts: list[tuple[float, Fact]] = []
    at_s = 0.0
    for n, (seconds, gap_s) in enumerate(rows, 1):
        facts += heard(n, at_s, at_s + seconds)
        at_s = max(at_s + 1.0, at_s + seconds + gap_s)
    lines = entries(*sorted(facts, key=lambda each: each[0]))
    found = stretches(lines, {})
    steps = again(lines, found, from_s, from_s + length_s, plain=plain)
    assert all(one.at_s <= two.at_s for one, two in pairwise(steps))
    assert all(isinstance(step.action, Shut) for step in steps[-1:])
    for step in steps:
        assert step.at_s >= 0.0
        if isinstance(step.action, Play):
            assert 0.0 <= step.action.offset_s <= 300.0
            assert step.action.fade_s >= fade.SHORTEST_S
        if isinstance(step.action, Glide):
            assert step.action.to_db <= 0.0
    if steps:
        assert any(isinstance(step.action, Play) and step.at_s == 0.0 for step in steps) or (
            not any(each.from_s <= from_s < each.to_s for each in found)
        )


def test_decks_play_it_through_and_it_can_be_left(tmp_path: Path) -> None:
    """On the null decks, which hold to a deck's rules: to the end, or softly down when left."""
    for n in (1, 2, 3):
        (tmp_path / f"{n}.flac").write_bytes(b"music")
    near, _ = where_found(stretches(TWO, {}), lambda each: track(int(each.key[1:]), str(tmp_path)))
    steps = again(TWO, near, 50.0, 300.0)
    clock, told = played(steps, None)
    assert told[-1][0] == pytest.approx(300.0, abs=1.0)
    assert list(dict.fromkeys(title for _, title in told)) == ["Track 1", "Track 2", "Track 3"]
    clock, _ = played(steps, 20.0)
    assert clock.now() == pytest.approx(20.0 + fade.STOP_S, abs=1.0)


def played(
    steps: list[ReplayStep], leave_s: float | None
) -> tuple[VirtualClock, list[tuple[float, str]]]:
    """A replay in virtual time, left after so many seconds: its clock, and what it told."""
    clock = VirtualClock(datetime(2026, 1, 1, tzinfo=UTC))
    told: list[tuple[float, str]] = []

    def tell(session_s: float, title: str) -> None:
        told.append((session_s, title))

    replay = Replay(steps, lambda report: NullDecks(report, clock), clock, tell)
    if leave_s is not None:
        clock.at(leave_s, replay.leave)
    replay.run()
    assert replay.trouble == []
    return clock, told


@pytest.fixture
def past(house: House) -> House:
    """A home in which a session was played to its end."""
    house.play("--end-with-arc", speed=60)
    house.cue("mark")
    house.wait_over()
    return house


@pytest.mark.slow
def test_the_command_plays_and_writes_nothing(past: House) -> None:
    """`log replay --mark 1` on the null decks: says what is heard, leaves every byte of the session
    as it was; faults are told in one go; while a session runs there is no replay."""

    def bytes_of(folder: Path) -> dict[str, str]:
        files = sorted(folder.rglob("*"))
        return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in files if f.is_file()}

    before = bytes_of(past.folder())
    done = past.call(
        "log", "replay", "--mark", "1", "--lead", "3", "--for", "0.15", "--out", "null"
    )
    assert (done.returncode, bytes_of(past.folder())) == (0, before), done.stderr
    heard = json.loads(past.call("log", "show", "--json").stdout)["heard"]
    titles = {each["title"] for each in heard}
    assert {line.split("  ", 1)[1] for line in done.stdout.splitlines()} <= titles
    assert done.stdout
    done = past.call("log", "replay", "--out", "loud", "--for", "0")
    assert done.returncode == 2
    assert all(part in done.stderr for part in ("which moment", "--out", "--for"))
    done = past.call("log", "replay", "--track", "99")
    assert done.returncode == 2
    assert "no track 99" in done.stderr


@pytest.mark.slow
def test_a_session_whose_music_is_gone_says_so(past: House, tmp_path: Path) -> None:
    """Every file gone: each is named, nothing is played, exit 1."""
    score = past.folder() / "score.json"
    journal = past.folder() / "journal.jsonl"
    nowhere = str(tmp_path / "nowhere")
    music = json.loads(past.call("log", "show", "--json").stdout)["heard"][-1]["path"]
    for file in (score, journal):
        text = file.read_text("utf-8").replace(str(Path(music).parent), nowhere)
        file.write_text(text.replace('"key":"', '"key":"x'), "utf-8")
    shutil.rmtree(past.root / "starter", ignore_errors=True)
    done = past.call("log", "replay", "--at", "0:00:05", "--plain", "--out", "null")
    assert done.returncode == 1
    assert "not there any more" in done.stderr
    assert "its files are gone; nothing is played" in done.stderr
