"""Rehearsals: the session's own engine in virtual time, with cues from a script."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from arcs_for_tests import ARC
from house import House
from support.values import phase

from soundscape.cli.app import run_app
from soundscape.core.arc import Arc
from soundscape.core.events import Asked, Closed, Entry, Opened, PhaseEntered
from soundscape.core.planner.planner import plan
from soundscape.core.track import Track
from soundscape.engine.rehearsal import ScriptedCue, rehearse
from soundscape.journal.reader import Journal
from soundscape.journal.story import Story, tell

BEGINS = datetime(2026, 3, 4, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> tuple[Track, ...]:
    """Tracks whose files are there, as the null decks want them."""
    folder = tmp_path_factory.mktemp("music")
    tracks = []
    for i in range(60):
        path = folder / f"{i}.flac"
        path.write_bytes(b"x")
        tracks.append(Track(str(path), f"T{i}", 150.0 + 37.0 * (i % 7), i / 59))
    return tuple(tracks)


def played(
    arc: Arc, pool: tuple[Track, ...], *script: tuple[float, str], seed: int = 1
) -> tuple[list[Entry], Story]:
    pools = {"all": pool}
    ambiences = {"rain": replace(pool[0], duration_s=60.0)}
    opened = Opened("testtest", arc, seed, "test", "null")
    cues = [ScriptedCue(at, *_split(words)) for at, words in script]
    kept = rehearse(opened, plan(arc, pools, seed), pools, ambiences, cues, BEGINS)
    journal = Journal(Path("testtest"), tuple(kept.entries), "")
    return list(kept.entries), tell(journal, kept.notes)


def _split(words: str) -> tuple[str, tuple[str, ...]]:
    name, *rest = words.split()
    return name, tuple(rest)


def test_a_rehearsal_is_a_session_from_beginning_to_end(pool: tuple[Track, ...]) -> None:
    """Every phase at its time, music all the way, closed at the end; the wall runs along."""
    entries, story = played(ARC, pool)
    assert [(p.name, p.start_s) for p in story.phases] == [
        ("onset", 0.0), ("peak", 600.0), ("hush", 1320.0), ("return", 1620.0), ("ground", 2220.0)
    ]  # fmt: skip
    assert isinstance(entries[-1].fact, Closed)
    # The closing fade takes 30 s, or less where the last track ends on the way.
    assert 2820.0 < (story.length_s or 0.0) <= 2850.2
    music = [row for row in story.heard if row.layer == "music"]
    gaps = [b.from_s - (a.to_s or 0.0) for a, b in pairwise(music)]
    assert max(gap for gap, row in zip(gaps, music, strict=False) if row.phase != "peak") < 1.0
    ended = datetime.fromisoformat(story.ended or "")
    assert abs(ended - BEGINS - timedelta(seconds=story.length_s or 0.0)) < timedelta(seconds=0.002)


def test_cues_come_at_their_times_and_are_answered(pool: tuple[Track, ...]) -> None:
    """A script's cues are given to the second, refusals too, and the journal has them."""
    _, story = played(ARC, pool, (300.0, "soften 6"), (301.5, "resume"), (700.0, "mark a wave"))
    told = [(cue.at_s, cue.name, cue.ok) for cue in story.cues]
    assert told[:3] == [(300.0, "soften", True), (301.5, "resume", False), (700.0, "mark", True)]
    assert [(mark.at_s, mark.note) for mark in story.marks] == [(700.0, "a wave")]


def test_the_same_rehearsal_twice_is_the_same_to_the_line(pool: tuple[Track, ...]) -> None:
    """Nothing of it depends on the machine's clock or speed."""
    script = ((100.0, "next"), (400.0, "hold"), (900.0, "release"), (1000.0, "dose --ago 3"))
    assert played(ARC, pool, *script)[0] == played(ARC, pool, *script)[0]


@pytest.mark.parametrize(("until", "said"), [("dose", "dose"), ("cue", "transition")])
def test_what_a_session_waits_for_is_said(pool: tuple[Track, ...], until: Any, said: str) -> None:
    """An open-ended phase goes on after its planned minutes, by a cue that the journal shows."""
    arc = Arc("Waits", (phase("arrive", 5, until=until), phase("onset", 5)))
    _, story = played(arc, pool)
    assert [(cue.at_s, cue.name) for cue in story.cues] == [(300.0, said), (600.0, "end")]


def test_what_was_said_in_time_is_not_said_again(pool: tuple[Track, ...]) -> None:
    """A dose that the script gives early is the only one."""
    arc = Arc("Waits", (phase("arrive", 5, until="dose"), phase("onset", 10)))
    entries, _ = played(arc, pool, (60.0, "dose"))
    doses = [e.fact for e in entries if isinstance(e.fact, Asked) and e.fact.cue == "dose"]
    assert len(doses) == 1


def test_a_hold_without_a_release_ends_all_the_same(pool: tuple[Track, ...]) -> None:
    """Half an hour is held, then released: a rehearsal never goes on for ever."""
    entries, story = played(ARC, pool, (60.0, "hold"))
    assert [cue.name for cue in story.cues] == ["hold", "release", "end"]
    entered = [e.fact.started_s for e in entries if isinstance(e.fact, PhaseEntered)]
    assert entered[1] == pytest.approx(600.0 + 1800.0, abs=1.0)


def test_a_hold_ends_however_long_the_script_goes_on(pool: tuple[Track, ...]) -> None:
    """A script without a release never holds for ever; with a late one it is waited for."""
    _, story = played(ARC, pool, (60.0, "hold"), (5000.0, "mark"))
    assert [(c.at_s, c.by) for c in story.cues if c.name == "release"] == [(1860.0, "rehearsal")]
    _, story = played(ARC, pool, (60.0, "hold"), (2400.0, "release"))
    assert [(c.at_s, c.by) for c in story.cues if c.name == "release"] == [(2400.0, "")]


def test_what_the_script_says_late_is_waited_for(pool: tuple[Track, ...]) -> None:
    """A dose or a transition of the script is used instead of the rehearsal's own, however late;
    what is refused or moves nothing does not keep the session waiting."""
    phases = (phase("arrive", 5, until="dose"), phase("on", 5), phase("in", 5, until="cue"))
    arc = Arc("Waits", phases)
    _, story = played(arc, pool, (1200.0, "dose"), (3000.0, "transition"))
    assert [(c.at_s, c.name, c.ok, c.by) for c in story.cues] == [
        (1200.0, "dose", True, ""),
        (3000.0, "transition", False, ""),
        (3000.0, "transition", False, "rehearsal"),
        (3001.0, "end", True, "rehearsal"),
    ]
    couple = replace(arc, persons=("A", "B"))
    _, story = played(couple, pool, (60.0, "dose B"))
    assert [(c.name, c.ok, c.by) for c in story.cues[:2]] == [
        ("dose", True, ""), ("dose", True, "rehearsal")
    ]  # fmt: skip
    assert [p.name for p in story.phases] == ["arrive", "on", "in"]


def test_minutes_added_after_the_end_are_rehearsed(pool: tuple[Track, ...]) -> None:
    """The rehearsal closes a session that is over, not one that a cue has made longer."""
    _, story = played(ARC, pool, (3000.0, "extend 5"))
    assert [(c.at_s, c.name, c.by) for c in story.cues] == [
        (3000.0, "extend", ""), (3300.0, "end", "rehearsal")
    ]  # fmt: skip


def test_cues_after_the_end_are_told(pool: tuple[Track, ...]) -> None:
    """What a script says to a session that is closed is handed back, in order."""
    opened = Opened("testtest", ARC, 1, "test", "null")
    script = [
        ScriptedCue(at, name) for at, name in ((900.0, "mark"), (60.0, "end"), (70.0, "mark"))
    ]
    kept = rehearse(opened, plan(ARC, {"all": pool}, 1), {"all": pool}, {}, script, BEGINS)
    assert [(cue.at_s, cue.name) for cue in kept.late] == [(900.0, "mark")]
    asked = [entry.fact for entry in kept.entries if isinstance(entry.fact, Asked)]
    assert [(fact.cue, fact.ok) for fact in asked] == [("end", True), ("mark", True)]


def test_a_script_may_run_over_the_arc(pool: tuple[Track, ...]) -> None:
    """Cues after the arc's end are given: the last phase goes on until then."""
    _, story = played(ARC, pool, (4000.0, "soften"))
    assert next((cue.at_s, cue.name) for cue in story.cues) == (4000.0, "soften")
    assert (story.length_s or 0.0) > 4000.0


def test_stop_and_undo_are_rehearsed_too(pool: tuple[Track, ...]) -> None:
    """A stop that is taken back half a minute later costs that half minute alone."""
    _, story = played(ARC, pool, (200.0, "stop"), (230.0, "undo"))
    music = [row for row in story.heard if row.layer == "music"]
    cut = next(i for i, row in enumerate(music) if row.to_s and 201.0 < row.to_s < 203.0)
    assert music[cut + 1].path == music[cut].path
    assert music[cut + 1].from_s == pytest.approx(230.0, abs=0.5)
    assert music[cut + 1].position_s == pytest.approx(music[cut].to_position_s or 0.0, abs=0.1)
    assert story.phases[-1].name == "ground"


def test_a_phase_that_is_taken_back_never_ends_before_it_began(pool: tuple[Track, ...]) -> None:
    """The journal's phases follow each other in time, whatever was undone."""
    _, story = played(ARC, pool, (100.0, "transition"), (130.0, "undo"))
    assert [(p.name, p.start_s, p.end_s) for p in story.phases[:3]] == [
        ("onset", 0.0, 100.0), ("peak", 100.0, 130.0), ("onset", 130.0, 600.0)
    ]  # fmt: skip


def test_the_command_tells_the_timeline_and_json(
    at_home: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`rehearse` prints what `log show` would, and keeps nothing."""
    script = tmp_path / "script.txt"
    script.write_text("# a try\n0:30 soften\n1:00 talk\n", "utf-8")
    words = ["rehearse", str(at_home.arc), "--script", str(script), "--cue", "0:10 mark"]
    assert run_app(words) == 0
    told = capsys.readouterr().out
    assert "» soften 4: softer by 4 dB over 6 s" in " ".join(told.split())
    assert run_app([*words, "--json"]) == 0
    story = json.loads(capsys.readouterr().out)
    assert [cue["name"] for cue in story["cues"]] == ["mark", "soften", "talk", "end"]
    assert not list(at_home.root.glob("sessions/*"))


def test_every_fault_of_a_script_is_named_at_once(
    at_home: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bad times, unknown cues and bad words: one message, exit 2, each with its line."""
    script = tmp_path / "script.txt"
    script.write_text("0:30 softn\n\nsoon soften\n0:40 extend\n0:50 mark 'a\n", "utf-8")
    assert run_app(["rehearse", str(at_home.arc), "--script", str(script), "--cue", "x"]) == 2
    err = capsys.readouterr().err
    for part in ("--cue: `x`", f"{script}:1: ", "`soften`?", f"{script}:3: `soon soften`: expected",
                 f"{script}:4: `0:40 extend`: minutes is missing", f"{script}:5: "):  # fmt: skip
        assert part in err
