"""What may be taken home: the listening list, and a story without what nobody agreed to give."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from soundscape.journal.listening_list import FEWEST, LEAST_HEARD_S, MOST, around_marks, listening
from soundscape.journal.notes import Remark
from soundscape.journal.share import ConsentGiven, agreed, of_person, persons_of, shareable
from soundscape.journal.story import CueStory, Heard, MarkStory, Story


def heard(n: int, from_s: float, to_s: float | None, layer: str = "music") -> Heard:
    return Heard(
        layer, f"/m/{n}.flac", f"Track {n}", "peak", from_s, to_s, 0.0, "", None, artist="Bo"
    )


def story(*stretches: Heard, marks: tuple[float, ...] = ()) -> Story:
    found = Story("abcd2345", "An arc", heard=list(stretches))
    found.marks = [MarkStory(at_s, n, "", "") for n, at_s in enumerate(marks, 1)]
    return found


SIX = [heard(n, 100.0 * n, 100.0 * n + 100.0) for n in range(6)]


def test_a_listening_list_holds_each_track_once_in_the_order_of_its_first_second() -> None:
    """A pause makes two stretches of one track and one line of the list; ambiences are none."""
    rain = heard(9, 0.0, 900.0, "ambience")
    told = story(heard(2, 50.0, 90.0), rain, heard(1, 0.0, 50.0), heard(2, 200.0, 230.0))
    assert [(each.title, each.heard_s) for each in listening(told)] == [
        ("Track 1", 50.0),
        ("Track 2", 70.0),
    ]


def test_what_was_sent_away_at_once_is_not_in_the_list() -> None:
    """Less than half a minute in all: somebody did not want it. What still sounds is in."""
    told = story(heard(1, 0.0, LEAST_HEARD_S - 1), heard(2, 29.0, 59.0), heard(3, 59.0, None))
    assert [each.title for each in listening(told)] == ["Track 2", "Track 3"]


def test_an_integration_soundtrack_is_what_sounded_at_the_marks() -> None:
    """Three marks in three tracks: those three, in the order they were heard."""
    told = story(*SIX, marks=(550.0, 20.0, 250.0))
    assert [each.title for each in around_marks(told)] == ["Track 0", "Track 2", "Track 5"]


def test_one_mark_takes_its_neighbours_along() -> None:
    """Fewer than three are filled up with what lies nearest in time."""
    told = story(*SIX, marks=(250.0,))
    assert [each.title for each in around_marks(told)] == ["Track 1", "Track 2", "Track 3"]


def test_of_many_marked_tracks_those_with_most_marks_stay() -> None:
    """Five at the most: more marks first, then what was heard longest."""
    told = story(*SIX, marks=(10.0, 110.0, 210.0, 310.0, 410.0, 510.0, 520.0, 420.0, 320.0))
    told.heard[1] = replace(told.heard[1], to_s=190.0)
    assert [each.title for each in around_marks(told)] == [f"Track {n}" for n in (0, 2, 3, 4, 5)]


def test_a_mark_in_a_silence_means_what_was_heard_before_it() -> None:
    """Two lie still after the music has gone; what they speak of is what they had heard."""
    told = story(heard(1, 0.0, 100.0), heard(2, 400.0, 500.0), marks=(200.0,))
    assert [each.title for each in around_marks(told)] == ["Track 1", "Track 2"]
    assert around_marks(story(heard(1, 50.0, 100.0), marks=(10.0,))) == ()


@given(
    st.lists(st.tuples(st.integers(0, 9), st.floats(0, 400)), max_size=15),
    st.lists(st.floats(0, 4000), max_size=12),
)
def test_a_soundtrack_is_never_longer_than_five_nor_short_where_there_is_more(
    tracks: list[tuple[int, float]], marks: list[float]
) -> None:
    """For any session: 3 to 5 tracks, fewer only where fewer were heard; each was heard, once."""
    at, stretches = 0.0, []
    for n, seconds in tracks:
        stretches.append(heard(n, at, at + seconds))
        at += seconds
    told = story(*stretches, marks=tuple(marks))
    found = around_marks(told)
    assert len(found) <= MOST
    assert len({each.path for each in found}) == len(found)
    assert {each.path for each in found} <= {each.path for each in stretches}
    if found:
        assert len(found) >= min(FEWEST, len(listening(told)))
    assert [each.first_s for each in found] == sorted(each.first_s for each in found)


def tagged() -> Story:
    """A story with moments of A, of B and of nobody."""
    told = story(*SIX)
    told.marks = [
        MarkStory(10.0, 1, "A", "hers"),
        MarkStory(20.0, 2, "B", "his"),
        MarkStory(30.0, 3, "", "nobody's"),
    ]
    told.cues = [
        CueStory(5.0, "dose", {"person": "B", "ago": 10.0}, "dose recorded for B", True),
        CueStory(6.0, "soften", {"db": 4.0}, "softer", True),
        CueStory(10.0, "mark", {"person": "A"}, "mark 1 for A", True),
    ]
    told.remarks = [Remark("hers later", "2026-03-09", 12.0, "A"), Remark("of all", "2026-03-09")]
    return told


def test_nothing_of_a_person_leaves_without_their_yes() -> None:
    """Marks, cues and notes tagged with a person are left out, and counted by person; what is
    nobody's goes, without its words."""
    given_away = shareable(tagged(), {"B"})
    assert [mark.mark for mark in given_away.story.marks] == [2, 3]
    assert [cue.name for cue in given_away.story.cues] == ["dose", "soften"]
    assert given_away.story.remarks == []
    assert given_away.told == (
        "1 mark, 1 note of A: no consent on record",
        "the words of 3 notes: --notes includes them",
    )
    assert {mark.note for mark in given_away.story.marks} == {""}


def test_words_go_along_where_they_are_asked_for() -> None:
    """With everybody's yes and --notes the whole story goes."""
    whole = shareable(tagged(), {"A", "B"}, notes=True)
    assert whole.told == ()
    assert whole.story == tagged()
    assert persons_of(whole.story) == {"A", "B"}


def test_one_persons_story_holds_nobody_elses_moments() -> None:
    """Only their marks and notes; cues of the whole session stay."""
    hers = of_person(tagged(), "A")
    assert [mark.mark for mark in hers.marks] == [1]
    assert [cue.name for cue in hers.cues] == ["soften", "mark"]
    assert persons_of(hers) == {"A"}


def test_the_last_word_counts() -> None:
    """A yes that was taken back is none."""
    record = (
        ConsentGiven("A", "yes", "1"),
        ConsentGiven("B", "no", "2"),
        ConsentGiven("A", "no", "3"),
        ConsentGiven("B", "yes", "4"),
    )
    assert agreed(record) == {"B"}
    assert agreed(()) == frozenset()
