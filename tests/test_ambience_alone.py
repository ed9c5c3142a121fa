"""A session of nothing but ambience, from its arc to its log, on the real program."""

from __future__ import annotations

import pytest
from house import House

ARC = """\
name: Rain alone
library: {music}
phases:
  arrive: {{minutes: 40 s, stage: arrival, ambience: rain}}
  stay:   {{minutes: 1, stage: peak, ambience: {{name: ocean, level: -20 dB}}}}
"""


@pytest.mark.slow
def test_an_arc_of_ambience_alone_is_planned_checked_rehearsed_played_and_told(
    house: House,
) -> None:
    """No step of the way misses any music, or warns that there is none."""
    arc = house.root / "rain.yaml"
    arc.write_text(ARC.format(music=house.arcs.parent / "music"), "utf-8")
    planned = house.json("plan", arc)
    assert planned["items"] == []
    assert [phase["name"] for phase in planned["phases"]] == ["arrive", "stay"]
    told = house.call("plan", arc)
    assert "no music" not in told.stdout + told.stderr
    checked = house.call("check", arc, "--out", "null", "--json")
    assert "no music" not in checked.stdout
    rehearsed = house.json("rehearse", arc)
    heard = [(each["layer"], each["title"]) for each in rehearsed["heard"]]
    assert [layer for layer, _ in heard] == ["ambience", "ambience"]
    assert rehearsed["faults"] == []
    code = house.play(arc=arc)
    found = house.wait(lambda status: status["phase"] == "stay", "for the second phase")
    assert (found["track"], found["ambience"], found["state"]) == (None, "ocean", "playing")
    assert found["health"]["faults"] == 0
    assert not house.cue("next").ok
    assert house.cue("talk").ok
    house.end_now()
    house.wait_over()
    log = house.json("log", "show", code)
    assert {each["layer"] for each in log["heard"]} == {"ambience"}
    assert log["faults"] == []
