"""What is tagged with a person leaves in nothing that can be given away without that one's yes."""

from __future__ import annotations

import html
import itertools
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from handmade import ARC, OPENED, Line, heard_from, heard_to, write
from house import House
from hypothesis import given
from hypothesis import strategies as st

from soundscape.cli.app import run_app
from soundscape.cli.log.export import LISTS, TIMELINES
from soundscape.core.events import (
    Anchored,
    Asked,
    Chosen,
    Closed,
    Dosed,
    Marked,
    PhaseEntered,
    Started,
)
from soundscape.core.plan import PlanItem
from soundscape.core.track import Track
from soundscape.journal.listening_list import around_marks, listening
from soundscape.journal.notes import Remark, add_remark, write_note
from soundscape.journal.reader import read_journal
from soundscape.journal.share import persons_of, shareable
from soundscape.journal.story import (
    CueStory,
    DoseStory,
    Heard,
    MarkStory,
    PhaseStory,
    Story,
    tell,
)
from soundscape.journal.tables import as_csv, as_markdown
from soundscape.reports.pages import as_html, as_text
from soundscape.reports.report import report

HIDDEN, OPEN = "Q", "W"
"""Letters that stand for themselves nowhere else in what is written."""

DOSE_S = 33.0
"""When the hidden one's dose was: the arc counts from there."""


def couple(follow: str) -> list[Line]:
    """A session of two whose every kind of moment there is, of either and of nobody."""
    arc = replace(ARC, persons=(HIDDEN, OPEN), follow=follow)
    opened = replace(OPENED, arc=arc, persons=arc.persons)
    lines: list[Line] = [
        (0.0, opened),
        (0.0, Started()),
        (0.0, PhaseEntered(0, 0.0, 60.0, "the session begins")),
    ]
    for token, (from_s, to_s) in enumerate(((0.2, 31.0), (31.0, 62.0), (62.0, 95.0)), 1):
        track = Track(f"/m/{token}.flac", f"Track {token}", 300.0, 0.4, artist="Somebody")
        item = PlanItem(0, track, 0.0, 300.0, 0.0, "fits")
        lines += [(from_s, Chosen(token, item, 6.0, "fits")), (from_s, heard_from(token, from_s))]
        lines += [(to_s, heard_to(token, to_s, to_s - from_s))]
    for number, who in enumerate((HIDDEN, OPEN, ""), 1):
        at_s = 40.0 + number
        args = {"person": who, "note": f"n-{number}"}
        lines += [
            (at_s, Asked("mark", args, True, f"mark {number} for {who} at 0:00:{at_s:.0f}")),
            (at_s, Marked(number, who, f"n-{number}")),
        ]
    told = f"dose recorded for {OPEN}; the arc follows {HIDDEN}"
    follows = Asked("dose", {"person": OPEN}, True, told)
    lines += [
        (36.0, Asked("dose", {"person": HIDDEN}, True, f"dose for {HIDDEN} at 0:00:33")),
        (36.0, Dosed(DOSE_S, HIDDEN)),
        (36.0, Anchored(DOSE_S)),
        (37.0, follows),
        (37.0, Dosed(37.0, OPEN)),
        (38.0, Asked("dose", {"person": HIDDEN}, False, "a dose is already recorded at 0:00:33")),
        (38.0, Asked("dose", {}, False, "a dose is already recorded at 0:00:33")),
        (39.0, Asked("mark", {"person": "Z"}, False, f"no person `Z`; it has {HIDDEN}, {OPEN}")),
        (60.0, PhaseEntered(1, 60.0, 120.0, "by `dose`")),
        (95.0, Closed("end")),
    ]
    return sorted(lines, key=lambda line: line[0])


@pytest.fixture(params=[HIDDEN, OPEN])
def session(request: pytest.FixtureRequest, at_home: House) -> Path:
    """That session, which follows the one or the other; the one has consented."""
    folder = write(at_home.home.sessions / "abcd2345", couple(request.param), dose_s=DOSE_S)
    for number, who in enumerate((HIDDEN, OPEN, ""), 1):
        write_note(folder, f"n-{number}", f"words {number}")
        add_remark(folder, Remark(f"later {number}", "2026-03-05T10:00:00+01:00", 50.0, who))
    assert run_app(["log", "consent", "abcd2345", OPEN, "yes"]) == 0
    return folder


FLAGS = ("--marks-only", "--files", "--notes", f"--person={OPEN}")


def words_of(text: str) -> set[str]:
    """The words that a reader can see: of a page without its styles and the paths it draws."""
    text = re.sub(r"<style.*?</style>| points=\"[^\"]*\"", "", text, flags=re.DOTALL)
    return set(re.findall(r"\w+", html.unescape(text)))


@pytest.mark.slow
def test_no_export_and_no_report_holds_a_letter_without_consent(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every form with every set of flags that it takes, on the screen and in a file, and the
    report: no letter, no word and no dose of who has not consented; the other's are there."""
    written = 0
    told: set[str] = set()
    for form in (*LISTS, *TIMELINES, "report"):
        for count in range(len(FLAGS) + 1):
            for flags in itertools.combinations(FLAGS, count):
                out = tmp_path / f"{written}.{form}"
                words = ["export", "--as", form, *flags]
                if form == "report":
                    words = ["report", *flags]
                if run_app(["log", *words, "--out", str(out)]) != 0:
                    continue
                written += 1
                text = out.read_text("utf-8")
                seen = words_of(text)
                assert not {HIDDEN, "Z"} & seen, (words, HIDDEN)
                assert "words 1" not in text, words
                assert "later 1" not in text, words
                if form not in LISTS:
                    assert "0:00:33" not in text, words
                    told |= {each for each in (OPEN, "2", "later") if each in seen}
    assert written >= 5 * 4 + 3 * 4 + 2
    assert told == {OPEN, "2", "later"}
    capsys.readouterr()


def test_the_arcs_time_goes_where_the_dose_it_counts_from_does_not(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From any moment's arc time a hidden dose could be reckoned: where the arc follows that one
    there is none, and no dose in the picture; where it follows the other, both are told."""
    follows = read_journal(session).opened.arc.follow
    assert run_app(["log", "export", "--as", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    times = {each["arc_s"] is None for each in data["heard"]}
    assert times == {follows == HIDDEN}
    assert [dose["person"] for dose in data["doses"]] == [OPEN]
    assert data["persons"] == [OPEN]
    assert {phase["reason"] for phase in data["phases"]} == {
        "the session begins",
        "by a cue" if follows == HIDDEN else "by `dose`",
    }
    assert run_app(["log", "report", "--out", f"{session}.html"]) == 0
    page = Path(f"{session}.html").read_text("utf-8")
    assert ('class="dose"' in page) == (follows != HIDDEN)


def test_the_clinician_is_told_whose_was_left_out_and_the_file_is_not(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The screen names the letter, so that somebody can ask for consent."""
    assert run_app(["log", "export", "--as", "json"]) == 0
    said = capsys.readouterr()
    assert f"left out: 1 mark, 1 dose, 1 note of {HIDDEN}: no consent on record" in said.err
    assert "1 mark, 1 dose, 1 note of a person: no consent on record" in said.out


LETTERS = ("", "A", "B", "C")
TIMES = st.integers(0, 90).map(float)
PERSON = st.sampled_from(LETTERS)


def _marks(person: str, at_s: float, number: int) -> MarkStory:
    return MarkStory(at_s, number, person, f"note of {person}" if person else "")


def stories(persons: tuple[str, ...]) -> st.SearchStrategy[Story]:
    """Any moments of an arc with these persons. Its answers name no others."""
    return st.builds(
        Story,
        session=st.just("abcd2345"),
        arc=st.just("couple"),
        persons=st.just(persons),
        phases=st.just([PhaseStory("peak", "peak", 0.0, 90.0, "by `dose`")]),
        heard=st.just(
            [Heard("music", "/m/1.flac", "one", "peak", 0.0, 90.0, 0.0, "", 5.0, artist="somebody")]
        ),
        cues=st.lists(
            st.builds(
                lambda name, who, other, ok, at_s: CueStory(
                    at_s, name, {"person": who}, f"{name} for {who}; the arc follows {other}", ok
                ),
                st.sampled_from(["dose", "mark"]),
                PERSON.filter(bool),
                st.sampled_from(("", *persons)),
                st.booleans(),
                TIMES,
            ),
            max_size=4,
        ),
        doses=st.lists(st.builds(DoseStory, TIMES, PERSON), max_size=3),
        marks=st.lists(st.builds(_marks, PERSON, TIMES, st.integers(1, 9)), max_size=4),
        remarks=st.lists(
            st.builds(lambda who, at_s: Remark(f"of {who}", "2026", at_s, who), PERSON, TIMES),
            max_size=3,
        ),
    )


STORIES = stories(()) | stories(("A", "B", "C"))


@given(STORIES, st.sets(PERSON.filter(bool)), PERSON, st.sampled_from(LETTERS), st.booleans())
def test_whatever_a_session_holds_no_hidden_letter_is_in_what_is_made_of_it(
    story: Story, agreed: set[str], person: str, follows: str, notes: bool
) -> None:
    """Any moments of any persons: what is shared, in every form, has the letters that agreed and
    no other, and is left as it was where all agree."""
    if person and person not in agreed:
        person = ""
    shared = shareable(story, agreed, person=person, follows=follows, notes=notes)
    given_away: list[Any] = [json.dumps(shared.story.as_json()), *shared.left_out]
    given_away += [as_csv(shared.story), as_markdown(shared.story)]
    pieces = (*listening(shared.story), *around_marks(shared.story))
    given_away += [as_text(pieces), as_html(pieces)]
    seen = words_of("\n".join(given_away)) & set(LETTERS)
    assert seen <= agreed
    if persons_of(story) | set(story.persons) <= agreed and not person and notes:
        assert replace(shared.story, persons=story.persons) == story
        assert shared.arc_time


def test_an_answer_names_nobody_who_has_no_moment_of_their_own() -> None:
    """The arc follows A, who never took part and never agreed: B's dose tells nothing of that."""
    cue = CueStory(5.0, "dose", {"person": "B"}, "dose recorded for B; the arc follows A", True)
    story = Story("abcd2345", "couple", persons=("A", "B"), cues=[cue])
    assert [each.answer for each in shareable(story, {"B"}).story.cues] == [""]


def test_the_report_is_made_of_what_is_shared_alone(tmp_path: Path) -> None:
    """Nobody has consented to anything: the page holds neither letter."""
    folder = write(tmp_path / "abcd2345", couple(OPEN), dose_s=DOSE_S)
    journal = read_journal(folder)
    shared = shareable(tell(journal, {}), (), follows=journal.opened.arc.follows)
    assert not {HIDDEN, OPEN, "Z"} & words_of(report(journal.entries, shared))
