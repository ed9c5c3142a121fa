"""Any cues, at any moments, over any arc and music: what must hold always.

Some storms here, 10,000 of them in ``python bench/core.py --storms 10000``.
"""

from __future__ import annotations

import pytest
from examples import examples
from hypothesis import HealthCheck, Phase, given, settings
from storm import Storm, play
from storm_made import storms
from storm_rules import broken

from soundscape.core.arc import Ambience, Arc, Curve
from soundscape.core.arc import Phase as ArcPhase
from soundscape.core.events import Chosen, Faulted, HeardFrom
from soundscape.core.track import Track


@settings(
    max_examples=examples(100),
    deadline=None,
    derandomize=True,  # What is new is looked for in the ten thousand.
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # Making one smaller takes minutes.
)
@given(storms())
def test_no_storm_breaks_a_rule(storm: Storm) -> None:
    """No sequence of cues breaks a limit of the sound, leaves a silence that nobody chose, turns
    time back, or makes a journal that folds to another session (`storm_rules`)."""
    assert broken(play(storm)) == []


@pytest.mark.parametrize("half_seconds", range(8))
def test_an_ambience_frozen_while_its_next_round_opens_comes_round_after_all(
    half_seconds: int,
) -> None:
    """Whenever a pause of everything falls into a loop, it goes on for ever afterwards."""
    rain = Track("/music/rain.flac", "rain", 30.0, 0.0)
    only = ArcPhase("only", "peak", 600.0, Curve.spread((0.1,)), ambience=Ambience("rain", 0.0))
    paused_s = 13.0 + 0.5 * half_seconds  # All is down 8 s later; a round opens at about 22 s.
    cues = ((paused_s, "pause --all"), (30.0, "resume"), (120.0, "mark"))
    watched = play(Storm(Arc("Loop", (only,)), {}, {"rain": rain}, cues, opens_s=0.9))
    assert [fact for fact in watched.facts if isinstance(fact, Faulted)] == []
    assert broken(watched) == []


@pytest.mark.parametrize("opens_s", [0.3, 0.9])
def test_an_ambience_that_had_not_opened_when_all_was_silenced_comes_with_resume(
    opens_s: float,
) -> None:
    """It was asked for and nobody had heard it yet: the silence may not swallow it."""
    rain = Track("/music/rain.flac", "rain", 61.0, 0.0)
    only = ArcPhase("only", "peak", 600.0, Curve.spread((0.1,)), ambience=Ambience("rain", 0.0))
    cues = ((0.0, "silence"), (12.0, "resume"), (61.0, "mark"))
    watched = play(Storm(Arc("Late", (only,)), {}, {"rain": rain}, cues, opens_s=opens_s))
    assert broken(watched) == []
    assert any(isinstance(fact, HeardFrom) for fact in watched.facts)


@pytest.mark.slow
@pytest.mark.parametrize("early_s", [0.0, 100.0])
@pytest.mark.parametrize("cue", ["pause", "silence 1", "pause --all"])
def test_a_track_that_ends_on_its_way_into_a_pause_is_followed_by_another(
    cue: str, early_s: float
) -> None:
    """At its own end or because its file is shorter than it says: nothing waits for a deck that
    has nothing left to play, whatever is said next."""
    first, then = Track("/music/a.flac", "a", 150.0, 0.3), Track("/music/b.flac", "b", 300.0, 0.3)
    only = ArcPhase("only", "peak", 600.0, Curve.spread((0.3,)), ("all",), until="cue")
    ends_s = 150.0 - early_s
    short_s = {first.path: ends_s} if early_s else {}
    pools = {"all": (first, then)}
    for before_s in (2.0, 6.0):
        cues = ((ends_s - before_s, cue), (30.0, "resume"), (40.0, "mark"))
        for seed in range(2):  # Either may come first.
            storm = Storm(Arc("Short", (only,)), pools, {}, cues, seed=seed, short_s=short_s)
            watched = play(storm)
            assert broken(watched) == []


def test_an_ambience_that_ends_on_its_way_into_a_silence_begins_again() -> None:
    """Its file is shorter than it says: the layer is there again when all comes back."""
    rain = Track("/music/rain.flac", "rain", 61.0, 0.0)
    only = ArcPhase("only", "peak", 600.0, Curve.spread((0.1,)), ambience=Ambience("rain", 0.0))
    cues = ((27.0, "silence 1"), (120.0, "mark"))
    short_s = {rain.path: 30.0}
    watched = play(Storm(Arc("Short", (only,)), {}, {"rain": rain}, cues, short_s=short_s))
    assert broken(watched) == []


def test_a_plan_is_made_where_a_track_plays_on_past_the_arcs_end() -> None:
    """Taken back from a phase whose long track goes on past all that is left of the arc."""
    one = ArcPhase("one", "peak", 240.0, Curve.spread((0.9, 0.1)), ("all",), crossfade_s=15.0)
    two = ArcPhase("two", "peak", 240.0, Curve.spread((0.9, 0.1)), ("none",), booster=True)
    lengths = ((40.0, 0.8), (70.0, 0.1), (260.0, 0.1), (70.0, 0.4))
    pool = tuple(Track(f"/music/{i}.flac", f"{i}", *each) for i, each in enumerate(lengths))
    cues = ((3.0, "transition two"), (200.0, "undo"), (2.0, "hold"), (60.0, "mark"))
    watched = play(Storm(Arc("Past", (one, two)), {"all": pool, "none": ()}, {}, cues))
    assert broken(watched) == []


def test_a_track_that_is_cut_as_soon_as_it_comes_is_not_replaced_at_once() -> None:
    """One track for all, a phase about to end, and a plan that cuts what has just come in: it is
    left to come up. (It was replaced by itself without end, within one instant.)"""
    one = ArcPhase("one", "return", 240.0, Curve.spread((0.2,)), ("full",), -12.0, until="cue")
    two = ArcPhase("two", "onset", 60.0, Curve.spread((0.9,)), silence=True, until="cue")
    three = ArcPhase("three", "peak", 60.0, Curve.spread((0.2, 0.7)), ("soft",), crossfade_s=15.0)
    four = ArcPhase("four", "return", 60.0, Curve.spread((0.2, 0.7)), ("soft",), until="cue",
                    crossfade_s=4.0)  # fmt: skip
    pools = {"soft": (Track("/music/a.flac", "a", 70.0, 0.4),), "full": ()}
    cues = ((374.0, "transition two"), (18.0, "transition"), (60.0, "mark"))
    watched = play(Storm(Arc("Cut", (one, two, three, four)), pools, {}, cues, late_s=2.0))
    chosen = [fact for fact in watched.facts if isinstance(fact, Chosen)]
    assert len(chosen) < 20
    assert broken(watched) == []


def test_an_end_in_a_silence_can_be_taken_back() -> None:
    """Nothing sounds that could fade; the session stays open for the time that was said all the
    same, and goes on when the slip is taken back."""
    only = ArcPhase("only", "peak", 900.0, Curve.spread((0.3,)), ("all",))
    pools = {"all": tuple(Track(f"/music/{i}.flac", f"{i}", 200.0, 0.3) for i in range(5))}
    cues = ((40.0, "silence"), (20.0, "end 20"), (10.0, "undo"), (5.0, "resume"), (60.0, "mark"))
    watched = play(Storm(Arc("Slip", (only,)), pools, {}, cues))
    assert broken(watched) == []
    heard = [fact.at_s for fact in watched.facts if isinstance(fact, HeardFrom)]
    assert heard[-1] > 75.0
