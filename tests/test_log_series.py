"""The sessions of a series side by side."""

from __future__ import annotations

import json

import pytest
from handmade import ARC, Line, heard_from, heard_to, write
from house import House

from soundscape.cli.app import run_app
from soundscape.core.avoid import Avoid
from soundscape.core.events import Asked, Closed, Opened, Started
from soundscape.core.track import Track
from soundscape.journal.series import Comparison, compare
from soundscape.journal.story import CueStory, Heard, MarkStory, Story


def story(code: str, *titles: str, cues: tuple[tuple[float, str], ...] = ()) -> Story:
    """A session of titles, each heard for 100 s, and cues that were granted."""
    told = Story(code, "An arc", length_s=100.0 * len(titles))
    told.heard = [
        Heard("music", f"/m/{title}", title, "peak", 100.0 * n, 100.0 * n + 100, 0.0, "", None)
        for n, title in enumerate(titles)
    ]
    told.cues = [CueStory(at_s, name, {}, "", True) for at_s, name in cues]
    return told


def told(found: Comparison) -> dict[str, list[str]]:
    return {line.title: list(line.met) for line in found.lines}


def test_what_came_in_most_sessions_comes_first() -> None:
    """Each track once, with the sessions it was heard in; then by title."""
    found = compare("s", [story("one", "B", "A"), story("two", "C", "A"), story("three", "A")])
    assert told(found) == {"A": ["one", "two", "three"], "B": ["one"], "C": ["two"]}


def test_what_was_said_counts_for_the_newest_track() -> None:
    """`soften`, `next` and marks belong to what had begun last when they were said; a refused cue
    to nothing."""
    one = story("one", "A", "B", cues=((10.0, "soften"), (20.0, "soften"), (150.0, "next")))
    one.cues.append(CueStory(30.0, "next", {}, "no", False))
    one.marks = [MarkStory(199.0, 1, "", "")]
    (a, b) = compare("s", [one]).lines
    assert (a.met["one"].softened, a.met["one"].skipped, a.met["one"].marks) == (2, 0, 0)
    assert (b.met["one"].softened, b.met["one"].skipped, b.met["one"].marks) == (0, 1, 1)


def test_unwanted_is_what_was_sent_away_or_softened_every_time() -> None:
    """Once liked is liked; softened in its only session proves little, sent away is enough. The
    entries are read by `--avoid` as they stand."""
    first = story("one", "Sent", "Soft", "Once", "Liked", cues=((50.0, "next"), (150.0, "soften")))
    first.cues += [CueStory(250.0, "soften", {}, "", True), CueStory(350.0, "next", {}, "", True)]
    second = story("two", "Soft", "Liked", cues=((10.0, "soften"),))
    found = compare("s", [first, second])
    assert set(found.avoid) == {"track:Sent", "track:Soft"}
    assert Avoid(found.avoid)(Track("/m/x", "Sent", 100.0, 0.5))
    assert not Avoid(found.avoid)(Track("/m/x", "Liked", 100.0, 0.5))


def test_the_command_shows_a_series_and_names_the_nearest(
    at_home: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two sessions of a series and one of none; spelling does not matter; an unknown word is named
    with the nearest; without a word the series are listed."""
    series_of = {"aaaa2345": "evening", "bbbb2345": "", "cccc2345": "Evening"}
    for day, (code, series) in enumerate(series_of.items(), 4):
        lines: list[Line] = [
            (0.0, Opened(code, ARC, 1, "0.1", "null", series=series)),
            (0.0, Started()),
            (1.0, heard_from(1, 0.5)),
            (50.0, Asked("next", {}, True, "over 6 s")),
            (60.0, heard_to(1, 60.0, 59.5)),
            (61.0, Closed("end")),
        ]  # fmt: skip
        write(at_home.home.sessions / code, lines, day=day)
    assert run_app(["log", "series", "EVENING ", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [each["code"] for each in found["sessions"]] == ["aaaa2345", "cccc2345"]
    assert found["avoid"] == ["track:Track 1"]
    assert run_app(["log", "series", "evening", "--avoid"]) == 0
    assert capsys.readouterr().out == "track:Track 1\n"
    assert run_app(["log", "series", "evening"]) == 0
    assert "cccc2345" in capsys.readouterr().out
    assert run_app(["log", "series", "evning"]) == 2
    assert "did you mean `evening`?" in capsys.readouterr().err
    assert run_app(["log", "series"]) == 0
    assert "evening  2 sessions" in capsys.readouterr().out
