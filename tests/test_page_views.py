"""What the page shows and offers, read off the status and the table of cues."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest
from screen_cases import CASES, MAINS, status_of

from soundscape.core.cues.row import Cue
from soundscape.core.cues.table import CUES
from soundscape.tui.words import banner
from soundscape.webremote import views
from soundscape.webremote.app import SHELL
from soundscape.webremote.views import MAIN, buttons, faces

EXAMPLES = {"number": 5, "flag": True, "time": "14:30", "text": "the sea", "choice": "A"}


@pytest.mark.parametrize("cue", CUES.values(), ids=lambda cue: cue.name)
def test_every_cue_and_every_parameter_can_be_given(cue: Cue) -> None:
    """Each cue of the table has a button, and a field for each of its parameters, whose values its
    own reading takes; what has no parameter is not there twice."""
    table = buttons()
    large = [name for names in MAIN for name in names]
    assert (cue.name in large) + (cue.name in table["more"]) >= 1
    assert (cue.name in table["more"]) == bool(cue.params or cue.name not in large)
    shown = table["cues"][cue.name]
    assert shown["help"] == cue.help
    assert shown["twice"] == cue.asks_twice
    assert [field["name"] for field in shown["fields"]] == [each.name for each in cue.params]
    values = {}
    for field in shown["fields"]:
        values[field["name"]] = field.get("least") or EXAMPLES[field["kind"]]
    assert set(cue.args(values)) == set(values)


def test_no_button_is_there_for_what_is_no_cue() -> None:
    """The large ones name cues of the table, each once."""
    large = [name for names in MAIN for name in names]
    assert set(large) <= set(CUES)
    assert len(large) == len(set(large))


@pytest.mark.parametrize("case", CASES)
def test_it_tells_what_the_live_screen_tells(case: str) -> None:
    """The same word for the same state, and no key in it: a phone has none. It is plain JSON, it
    is the same a second later, and a button says the cue that would change something."""
    status = status_of(case)
    state = views.state(status, MAINS)
    later = {**status, "now_s": status["now_s"] + 1.0, "arc_left_s": 0.0, "phase_left_s": 0.0}
    assert views.state(later, MAINS) == json.loads(json.dumps(state))
    assert state["word"] == banner(status).word
    assert "x stop" not in state["about"]
    assert "r resume" not in state["about"]
    shown = faces(status)
    assert len(shown) == len(MAIN)
    assert ("resume" in shown) == (status["paused"] or status["silenced"])
    assert ("reflect" in shown) == (status["mode"] == "talk")
    assert ("release" in shown) == status["held"]


def test_the_arc_stands_still_while_only_time_passes() -> None:
    """It is sent anew where phases move, and not with each second."""
    status = status_of("playing")
    drawn = views.arc(status)
    assert views.arc({**status, "now_s": status["now_s"] + 1.0}) == drawn
    assert [leg["name"] for leg in drawn["legs"]] == [leg["name"] for leg in status["course"]]
    assert all(0 <= y <= 1 for leg in drawn["legs"] for _, y in leg["curve"])


def test_it_weighs_little() -> None:
    """All that a browser loads is under 60 kB, with nothing packed."""
    folder = files("soundscape.webremote") / "static"
    sizes = {name: len((folder / name).read_bytes()) for name, _ in SHELL.values()}
    assert sum(sizes.values()) < 60_000, sizes
    assert set(sizes) == {each.name for each in folder.iterdir()}


def test_a_title_can_break_nothing() -> None:
    """What a file calls itself is one line of what can be drawn."""
    status = status_of("playing")
    status["track"]["title"] = "a\n\ndata: x\u202e\x00</script>"
    text = json.dumps(views.state(status, MAINS))
    assert "\\n" not in text
    assert views.state(status, MAINS)["title"] == "a data: x </script>"
