"""The six arcs of the settings: row for row what their table says, and playable on the starter
music. The table is written here a second time, on purpose: an arc that drifts from it is found."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from arcs_for_tests import phase as some_phase
from arcs_for_tests import session
from desk import Desk
from starter_pools import ARCS, ROOT, starter_pools, touch_starter
from support.values import now_at, opened_as

from soundscape.core.arc import Arc, Phase
from soundscape.core.events import Opened
from soundscape.core.planner.planner import plan
from soundscape.core.ports import JournalHealth
from soundscape.engine.rehearsal import ScriptedCue, rehearse
from soundscape.engine.status import describe
from soundscape.journal.reader import Journal
from soundscape.journal.story import Heard, Story, tell
from soundscape.library.arcs.load import load_arc
from soundscape.library.catalog import Gathered
from soundscape.preflight import coverage
from soundscape.preflight.subject import Looked, Music
from soundscape.starter.pieces import BASE, PIECES, StarterPiece

A, B, C, D, E, F = (
    "warm-sparse", "slow-pulse", "wide-dark", "tender-melodic", "light-acoustic", "bed",
)  # fmt: skip
DOSE = -1.0
SILENCE = ""
DEFAULT = -6.0


class Row(NamedTuple):
    """A phase as the table has it. Minutes from the dose; `curve` is (minute from the dose,
    intensity); `level` is that of `reflect`, in dB."""

    name: str
    stage: str
    start: float
    end: float
    curve: tuple[tuple[float, float], ...]
    music: tuple[str, ...]
    level: float
    mode: str
    booster: bool = False


def row(
    name: str, stage: str, start: float, end: float, values: object, music: str | tuple[str, ...],
    level: float, mode: str, booster: bool = False,
) -> Row:  # fmt: skip
    """A row; `values` is one intensity, two (from, to), or a mapping of minute to intensity."""
    if isinstance(values, dict):
        curve = tuple((float(at), value) for at, value in values.items())
    else:
        points = values if isinstance(values, tuple) else (values,)
        curve = tuple(zip((start, end), points, strict=False))
    played = (music,) if isinstance(music, str) else music
    return Row(name, stage, start, end, curve, tuple(filter(None, played)), level, mode, booster)


def arrival(name: str, value: object, music: str) -> Row:
    """The row before the dose: open-ended, under the voices until `reflect` or the dose."""
    return row(name, "arrival", DOSE, 0, value, music, DEFAULT, "talk")


TABLE: dict[str, tuple[Row, ...]] = {
    "ketamine-im": (
        arrival("arrive", 0.15, A),
        row("onset", "onset", 0, 5, (0.20, 0.45), B, -3, "reflect"),
        row("peak", "peak", 5, 25, {5: 0.45, 12: 0.80, 25: 0.75}, C, 0, "reflect"),
        row("descent", "return", 25, 45, (0.75, 0.45), D, -2, "reflect"),
        row("return", "return", 45, 60, (0.45, 0.15), E, -6, "reflect"),
        row("ground", "integration", 60, 70, (0.10, 0), F, DEFAULT, "talk"),
        row("stillness", "integration", 70, 75, 0, SILENCE, DEFAULT, "talk"),
    ),
    "ketamine-sublingual": (
        arrival("arrive", (0.10, 0.15), A),
        row("lozenge hold", "onset", 0, 12, (0.15, 0.20), A, -4, "reflect"),
        row("onset", "onset", 12, 25, (0.20, 0.50), B, -2, "reflect"),
        row("peak", "peak", 25, 60, {25: 0.50, 40: 0.75, 60: 0.70}, C, 0, "reflect"),
        row("descent", "return", 60, 80, (0.70, 0.35), D, -3, "reflect"),
        row("return", "return", 80, 95, (0.35, 0.15), E, -6, "reflect"),
        row("ground", "integration", 95, 110, (0.10, 0), F, DEFAULT, "talk"),
    ),
    "ketamine-couple": (
        arrival("intentions", 0.10, F),
        row("lozenge hold", "onset", 0, 12, (0.15, 0.20), A, -4, "reflect"),
        row("onset", "onset", 12, 25, (0.20, 0.45), B, -2, "reflect"),
        row("peak", "peak", 25, 60, {25: 0.45, 40: 0.65, 60: 0.60}, C, 0, "reflect"),
        row("landing", "return", 60, 80, (0.60, 0.30), D, -3, "reflect"),
        row("quiet together", "return", 80, 100, (0.30, 0.15), E, -8, "reflect"),
        row("gentle integration", "integration", 100, 140, (0.10, 0), F, DEFAULT, "talk"),
        row("stillness", "integration", 140, 150, 0, SILENCE, DEFAULT, "talk"),
    ),
    "psycholytic-shared": (
        arrival("arrive", 0.10, F),
        row("lozenge hold", "onset", 0, 15, 0.15, A, -8, "reflect"),
        row("opening", "onset", 15, 25, (0.20, 0.35), D, -6, "reflect"),
        row("dialogue 1", "peak", 25, 45, 0.20, F, DEFAULT, "talk"),
        row("breath", "peak", 45, 50, 0.35, D, -6, "reflect"),
        row("dialogue 2", "peak", 50, 70, 0.20, F, DEFAULT, "talk"),
        row("closing", "return", 70, 80, (0.25, 0.10), E, -8, "reflect"),
        row("ground", "integration", 80, 90, 0, SILENCE, DEFAULT, "talk"),
    ),
    "relationship-day": (
        arrival("arrive", 0.10, F),
        row("settle", "onset", 0, 30, (0.10, 0.15), A, -6, "talk"),
        row("onset", "onset", 30, 60, (0.20, 0.45), B, -3, "reflect"),
        row("rise", "onset", 60, 75, (0.45, 0.575), B, 0, "reflect"),
        row("rise further", "onset", 75, 90, (0.575, 0.70), C, 0, "reflect"),
        row("dialogue 1", "peak", 90, 120, 0.25, F, DEFAULT, "talk"),
        row("reflect 1", "peak", 120, 150, 0.75, C, 0, "reflect"),
        row("dialogue 2", "peak", 150, 190, 0.25, F, DEFAULT, "talk"),
        row("reflect 2", "peak", 190, 215, (0.60, 0.50), D, -2, "reflect"),
        row("booster reflect", "peak", 215, 240, 0.60, D, -2, "reflect", booster=True),
        row("booster dialogue", "peak", 240, 275, 0.25, F, DEFAULT, "talk", booster=True),
        row("dialogue 3", "return", 215, 255, 0.20, F, DEFAULT, "talk"),
        row("return", "return", 255, 280, (0.35, 0.15), E, -6, "reflect"),
        row("close", "integration", 280, 300, 0, SILENCE, DEFAULT, "talk"),
    ),
    "psilocybin": (
        arrival("arrive", 0.10, A),
        row("pre-onset", "onset", 0, 20, (0.10, 0.20), A, -6, "reflect"),
        row("ascent", "onset", 20, 51, (0.20, 0.70), B, -2, "reflect"),
        row(
            "peak", "peak", 51, 131, {51: 0.70, 75: 0.90, 95: 0.70, 110: 0.90, 131: 0.80}, (C, D),
            0, "reflect",
        ),
        row("descent", "return", 131, 240, (0.80, 0.45), D, -2, "reflect"),
        row("return", "return", 240, 340, (0.45, 0.15), E, -6, "reflect"),
        row("welcome back", "integration", 340, 360, (0.10, 0), F, -12, "talk"),
    ),
}  # fmt: skip
WITHIN_BASE = {"demo", "first-journey", "ketamine-im", "ketamine-sublingual", "psycholytic-shared"}
"""The arcs that `library starter` is enough for; the others want `--all`."""


def arc_of(name: str) -> Arc:
    return load_arc(ROOT / "arcs" / f"{name}.yaml")


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the names of the starter music, and nothing in them."""
    return touch_starter(tmp_path_factory.mktemp("starter"))


@cache
def made(name: str, everything: bool, folder: Path) -> Music:
    """An arc on the starter catalogue, planned, with what is over for an overrun."""
    pieces: tuple[StarterPiece, ...] = PIECES if everything else BASE
    arc = arc_of(name)
    pools, ambiences = starter_pools(arc, folder, pieces)
    music = Music(arc, Gathered(pools, ambiences), plan(arc, pools, 0))
    return replace(music, reserve=coverage.reserve_of(music))


def rows_of(arc: Arc) -> list[tuple[Row, Phase]]:
    """The phases as rows: minutes count from the dose, boosters follow what is before them."""
    found, at = [], 0.0
    for phase in arc.phases:
        start = DOSE if phase.until == "dose" else at
        end = at if phase.until == "dose" else at + phase.length_s / 60
        points = phase.curve.points
        curve = tuple((at + x * phase.length_s / 60, y) for x, y in points)
        found.append((
            Row(
                phase.name, phase.stage, start, end, curve, phase.playlists, phase.level_db,
                phase.mode, phase.booster,
            ),
            phase,
        ))  # fmt: skip
        at = end
    return found


@pytest.mark.parametrize("name", TABLE)
def test_each_arc_is_the_table_row_for_row(name: str) -> None:
    """Names, stages, minutes, curves, music, levels and modes; one silence where it says so."""
    late = 0.0
    wanted = list(TABLE[name])
    found = rows_of(arc_of(name))
    assert [row.name for row, _ in found] == [row.name for row in wanted]
    for want, (row, phase) in zip(wanted, found, strict=True):
        shift = late if not want.booster else 0.0
        late += want.end - want.start if want.booster else 0.0
        told = f"{name}: {row.name}"
        assert row[1:2] + row[5:] == want[1:2] + want[5:], told
        assert phase.silence == (want.music == ()), told
        if want.start == DOSE:
            assert phase.until == "dose", told
            assert [y for _, y in row.curve] == [y for _, y in want.curve], told
            continue
        assert phase.until == "time"
        assert (row.start, row.end) == (want.start + shift, want.end + shift), told
        flat = [value for at_value in row.curve for value in at_value]
        sought = [value for at, y in want.curve for value in (at + shift, y)]
        assert flat == pytest.approx(sought), told


def test_the_persons_and_the_cap_are_said() -> None:
    """Couples are A and B, A is followed; ketamine for two is capped at 0.65, no other arc is."""
    for name in TABLE:
        arc = arc_of(name)
        pair = name in ("ketamine-couple", "relationship-day", "psycholytic-shared")
        assert (arc.persons, arc.follows) == ((("A", "B"), "A") if pair else ((), "")), name
        caps = {phase.cap for phase in arc.phases}
        assert caps == ({0.65} if name == "ketamine-couple" else {1.0}), name
        assert not any(phase.over_cap for phase in arc.phases), name
    # What is sung may be played at the very end of the long day, and nowhere else.
    sung = {(name, phase.name) for name in TABLE for phase in arc_of(name).phases if phase.voice}
    assert sung == {("psilocybin", "welcome back")}


def test_each_says_what_it_is_and_none_advises() -> None:
    """A starting point, with its source and what is judgment; no number of milligrams anywhere."""
    for name in TABLE:
        arc, text = arc_of(name), (ROOT / "arcs" / f"{name}.yaml").read_text("utf-8").lower()
        assert arc.about.startswith("A starting point to edit, not a protocol."), name
        assert "judgment" in arc.source, name
        assert not any(word in text for word in (" mg", "milligram", "dosage", " ml"))


def looked(music: Music) -> tuple[Looked, Looked]:
    return coverage.coverage(music), coverage.reserve(music)


@pytest.mark.slow
@pytest.mark.parametrize("path", ARCS, ids=lambda path: path.stem)
def test_every_shipped_arc_is_ready_on_the_starter_music(path: Path, starter: Path) -> None:
    """Every minute covered, no track twice, half an hour over: on all of it, and the arcs of two
    hours on what `library starter` makes first."""
    for everything in (True, False) if path.stem in WITHIN_BASE else (True,):
        music = made(path.stem, everything, starter)
        covered, over = looked(music)
        assert covered.result != "stop", [finding.what for finding in covered.findings]
        assert over.result == "ok", over.said
        paths = [item.track.path for item in music.plan.items]
        assert len(set(paths)) == len(paths)


def test_where_starter_music_falls_short_the_command_is_named() -> None:
    """Six hours on the first set: what is said to do begins with making the rest of it."""
    covered, over = looked(made("psilocybin", False, Path("/starter")))
    stops = [f for f in (*covered.findings, *over.findings) if f.severity == "stop"]
    assert stops
    assert all(f.do.startswith("run `soundscape library starter --all`, or ") for f in stops)


def played(name: str, folder: Path, *script: tuple[float, str]) -> Story:
    """A rehearsal of an arc on the starter catalogue, as a story."""
    music = made(name, True, folder)
    cues = [ScriptedCue(at_s, *_split(said)) for at_s, said in script]
    arc, pools = music.arc, music.gathered.pools
    opened = Opened("testtest", arc, 0, "test", "null", persons=arc.persons)
    ambiences = dict(music.gathered.ambiences)
    kept = rehearse(opened, music.plan, pools, ambiences, cues, datetime(2026, 3, 4, 9, tzinfo=UTC))
    return tell(Journal(Path("testtest"), tuple(kept.entries), ""), kept.notes)


def _split(said: str) -> tuple[str, tuple[str, ...]]:
    name, *words = said.split()
    return name, tuple(words)


def music_of(story: Story, arc: Arc) -> list[Heard]:
    """What was heard of the music layer: no track twice, and nothing over the cap of its phase."""
    heard = [each for each in story.heard if each.layer == "music"]
    assert len({each.path for each in heard}) == len(heard)
    level = {piece.title: piece.intensity for piece in PIECES}
    cap = {phase.name: phase.cap for phase in arc.phases}
    assert all(level[each.title] <= cap[each.phase] for each in heard)
    return heard


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLE)
def test_each_is_rehearsed_from_end_to_end(name: str, starter: Path) -> None:
    """On the null decks: every phase in its turn, music all the way but for the silences, nothing
    goes wrong."""
    arc = arc_of(name)
    story = played(name, starter)
    assert story.faults == []
    assert [phase.name for phase in story.phases] == [p.name for p in arc.phases if not p.booster]
    assert not any(cue.name not in ("dose", "end") for cue in story.cues)
    heard = music_of(story, arc)
    quiet_from = next(
        (phase.start_s for phase, of in zip(story.phases, arc.phases, strict=False) if of.silence),
        story.phases[-1].end_s,
    )
    assert heard[0].from_s < 2
    for one, two in pairwise(heard):
        assert one.to_s is not None
        assert two.from_s < one.to_s
    assert heard[-1].to_s is not None
    assert quiet_from is not None
    if name not in ("relationship-day", "psycholytic-shared"):
        assert heard[-1].to_s > quiet_from - 60


def test_a_day_for_two_with_all_that_is_said_by_person(starter: Path) -> None:
    """Two doses, of which the followed one anchors; marks of either; the booster makes it longer,
    never higher, and no track comes twice."""
    arc = arc_of("relationship-day")
    story = played(
        "relationship-day", starter,
        (600.0, "dose A"), (900.0, "dose B --ago 10"), (3600.0, "mark --person B"),
        (7200.0, "mark --person A"), (10800.0, "booster"),
    )  # fmt: skip
    assert [(dose.person, round(dose.at_s)) for dose in story.doses] == [("A", 600), ("B", 300)]
    assert [mark.person for mark in story.marks] == ["B", "A"]
    assert [phase.name for phase in story.phases] == [phase.name for phase in arc.phases]
    assert story.phases[1].start_s == pytest.approx(600, abs=1)
    assert story.phases[-1].start_s == pytest.approx(600 + 340 * 60, abs=1)
    assert story.faults == []
    music_of(story, arc)
    answers = {cue.name + " ".join(map(str, cue.args.values())): cue.answer for cue in story.cues}
    assert "dose recorded for B; the arc follows A" in answers.values()


def test_status_tells_the_cap_and_the_doses_by_person() -> None:
    """Of each person the last that was said, corrections and all; `undo` takes one back."""
    arc = replace(arc_of("ketamine-couple"), phases=(some_phase("peak", 30, cap=0.65),) * 2)
    desk = Desk(opened_as(session(arc), persons=arc.persons))
    desk.now = 900.0

    def told() -> dict[str, Any]:
        moments = now_at(0).moments
        return describe(desk.session, desk.now, None, JournalHealth(0, ""), None, moments, 1)

    assert (told()["cap"], told()["doses"]) == (0.65, [])
    desk.cue("dose", "A")
    desk.cue("dose", "B --ago 10")
    desk.cue("dose", "A --ago 5")
    assert told()["doses"] == [{"person": "A", "at_s": 600.0}, {"person": "B", "at_s": 300.0}]
    assert desk.cue("dose", "C") == "this arc has no person `C`; it has A, B"
    desk.cue("undo")
    assert told()["doses"] == [{"person": "A", "at_s": 900.0}, {"person": "B", "at_s": 300.0}]


@pytest.mark.parametrize("name", TABLE)
def test_each_has_a_page_with_its_rows_and_its_picture(name: str) -> None:
    """The rows of the page are those of the arc; README and index lead there."""
    folder = ROOT / "docs" / "protocols"
    page = (folder / f"{name}.md").read_text("utf-8")
    told = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    wanted = [
        [
            each.name + " (booster only)" * each.booster, each.stage,
            " and ".join(f"`{playlist}`" for playlist in each.music) or "silence", each.mode,
        ]
        for each in TABLE[name]
    ]  # fmt: skip
    assert [[cells[0], cells[1], cells[4], cells[6]] for cells in told[1:]] == wanted
    assert f"]({name}.svg)" in page
    assert (folder / f"{name}.svg").stat().st_size > 10_000
    assert f"]({name}.md)" in (folder / "index.md").read_text("utf-8")
    assert "](docs/protocols/index.md)" in (ROOT / "README.md").read_text("utf-8")
    assert "starting point to edit, not a protocol" in page
