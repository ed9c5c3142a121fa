"""What a plan never does: a voice, an avoided track, one over the cap, the same sound twice, the
same track in a row; and that it says what is missing. For any library, arc, history and cue."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, pairwise
from math import isfinite

import pytest
from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from soundscape.core.arc import Arc, Curve, Phase
from soundscape.core.avoid import Avoid, sound
from soundscape.core.plan import Plan, PlanItem, SoFar
from soundscape.core.planner.explain import AGAIN
from soundscape.core.planner.planner import cost, pick, plan
from soundscape.core.seam import plays_s
from soundscape.core.track import Pools, Track

FEW = settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
)


@st.composite
def tracks(draw: st.DrawFn) -> Track:
    """Any track: three in ten sung, copies of one sound under two paths, avoided words."""
    number = draw(st.integers(0, 40))
    return Track(
        f"/m/{number}.ogg",
        f"Track {number}",
        draw(st.floats(20.0, 1500.0)),
        draw(st.floats(0.0, 1.0)),
        artist=draw(st.sampled_from(["", "Ann", "Bo"])),
        tags=draw(st.sampled_from([(), ("genre:church",)])),
        voice="voice" if number % 10 < 3 else draw(st.sampled_from(["instrumental", "unknown"])),
        key=f"sound {number % 30}" if number % 4 else "",
    )


@st.composite
def phases(draw: st.DrawFn) -> Phase:
    """Any phase with music; one in four may sing, one in three avoids something or has a cap."""
    cap = draw(st.sampled_from([1.0, 1.0, 0.65]))
    curve = Curve.spread(tuple(draw(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=3))))
    return Phase(
        draw(st.sampled_from(["onset", "peak", "return"])),
        "peak",
        draw(st.floats(60.0, 1800.0)),
        curve.held_under(cap),
        draw(st.sampled_from([("a",), ("b",), ("a", "b")])),
        avoid=draw(st.sampled_from([(), (), ("tag:church", "artist:ann")])),
        voice=draw(st.sampled_from([False, False, False, True])),
        cap=cap,
    )


arcs = st.lists(phases(), min_size=1, max_size=4).map(lambda found: Arc("any", tuple(found)))
libraries = st.fixed_dictionaries(
    {
        "a": st.lists(tracks(), max_size=25).map(tuple),
        "b": st.lists(tracks(), max_size=8).map(tuple),
    }
)


def allowed(phase: Phase, track: Track) -> bool:
    """Whether the phase may play the track at all."""
    sung = track.voice == "voice" and not phase.voice
    return not sung and track.intensity <= phase.cap and not Avoid(phase.avoid)(track)


def within_reach(arc: Arc, pools: Pools, phase: Phase) -> tuple[set[str], set[str]]:
    """The sounds that the phase may play: its own, and near ones of the arc's other playlists."""
    values = [y for _, y in phase.curve.points]
    own = {t for name in phase.playlists for t in pools[name]}
    others = {t for each in arc.phases for name in each.playlists for t in pools[name]} - own
    near = {t for t in others if min(values) - 0.2 <= t.intensity <= max(values) + 0.2}
    mine, lent = (
        {sound(t) for t in some if allowed(phase, t) and t.length_s >= 3} for some in (own, near)
    )
    return mine, lent - mine


def check_turns(arc: Arc, pools: Pools, found: Plan, heard: list[str], first: int) -> None:
    """No sound comes again while another within reach was heard longer ago, or is unheard and
    neither comes later nor is kept for a later phase whose own it is. What would end before its
    phase begins is not within reach."""
    when = {
        each: n for n, each in enumerate([*heard, *(sound(i.track) for i in found.items[:first])])
    }
    count = len(when) + len(heard)
    for k, item in enumerate(found.items[first:], first):
        name = sound(item.track)
        if name in when:
            mine, lent = within_reach(arc, pools, arc.phases[item.phase])
            before = sound(found.items[k - 1].track) if k else ""
            later = {sound(each.track) for each in found.items[k:]}
            for each in arc.phases[item.phase + 1 :]:
                later |= within_reach(arc, pools, each)[0] & lent
            begins = next(s.start_s for s in found.spans if s.index == item.phase)
            since = found.items[k - 1].end_s if k else 0.0
            short = {
                sound(t)
                for t in chain.from_iterable(pools.values())
                if since + plays_s(t) <= begins
            }
            for other in (mine | lent) - {name, before} - short:
                assert when.get(other, -1) > when[name] or (other not in when and other in later)
        when[name] = count + k


def check(arc: Arc, pools: Pools, found: Plan, order: list[str], first: int = 0) -> None:
    """No voice, nothing avoided, no sound twice unmarked, none right after itself by choice, and
    each repeat in its turn."""
    heard = set(order) | {sound(item.track) for item in found.items[:first]}
    for item in found.items[first:]:
        assert allowed(arc.phases[item.phase], item.track)
        assert (sound(item.track) in heard) == item.reason.startswith(AGAIN)
        heard.add(sound(item.track))
    check_turns(arc, pools, found, order, first)
    for one, two in pairwise(found.items):
        if sound(one.track) == sound(two.track):
            phase = arc.phases[two.phase]
            own = {
                sound(t)
                for name in phase.playlists
                for t in pools[name]
                if allowed(phase, t) and t.length_s >= 3
            }
            assert len(own) < 2


@FEW
@given(arcs, libraries, st.integers(0, 3))
def test_no_plan_breaks_a_never(arc: Arc, pools: Pools, seed: int) -> None:
    """For any library and arc; and a phase that gets no music is named in a warning."""
    found = plan(arc, pools, seed)
    check(arc, pools, found, [])
    served = {item.phase for item in found.items}
    for index, phase in enumerate(arc.phases):
        if index not in served:
            assert any(w.text.startswith(f"{phase.name} needs") for w in found.warnings)
            usable = (t for name in phase.playlists for t in pools[name])
            assert not any(allowed(phase, t) and t.length_s >= 3 for t in usable)


@FEW
@given(arcs, libraries, st.data())
def test_no_replan_and_no_pick_breaks_a_never(arc: Arc, pools: Pools, data: st.DataObject) -> None:
    """After any history and cue (skip, early transition, hold, shift): heard stays heard."""
    before = plan(arc, pools, 1)
    if not before.items:
        return
    k = data.draw(st.integers(0, len(before.items) - 1))
    playing = before.items[k]
    now = playing.start_s + 1.0
    span = next((s for s in before.spans if s.start_s <= now < s.end_s), before.spans[-1])
    cue = data.draw(st.sampled_from(["skip", "transition", "hold", "soften"]))
    so_far = SoFar(
        now, span.index, span.start_s, max(now + 60, span.end_s), playing,
        tuple(item.track.path for item in before.items[:k]),
    )  # fmt: skip
    if cue == "skip":
        other = pick(arc, pools, so_far, span.index, 1)
        if other is not None:
            assert allowed(arc.phases[span.index], other.track)
            heard = {sound(item.track) for item in before.items[: k + 1]}
            assert (sound(other.track) in heard) == (other.rung == "repeat")
            if other.rung == "repeat":
                turn = [sound(item.track) for item in before.items[: k + 1]]
                when = {name: n for n, name in enumerate(turn)}
                own = within_reach(arc, pools, arc.phases[span.index])[0]
                assert all(when[each] >= when[sound(other.track)] for each in own)
            playing = PlanItem(
                span.index, other.track, now, now + other.track.length_s, other.track.cue_in_s, ""
            )
            so_far = replace(
                so_far, playing=playing, heard=(*so_far.heard, before.items[k].track.path)
            )
    elif cue == "transition" and span.index + 1 < len(arc.phases):
        length = arc.phases[span.index + 1].length_s
        so_far = replace(
            so_far, phase=span.index + 1, phase_started_s=now, phase_ends_s=now + length
        )
    elif cue == "hold":
        so_far = replace(so_far, phase_ends_s=so_far.phase_ends_s + 900)
    else:
        so_far = replace(so_far, shift=-0.2)
    found = plan(arc, pools, 1, so_far, before)
    assert found.items[0].track == playing.track
    assert found.items[0].start_s == playing.start_s
    paths = {t.path: sound(t) for pool in pools.values() for t in pool}
    check(arc, pools, found, [paths[path] for path in so_far.heard], first=1)
    assert found == plan(arc, pools, 1, so_far, before)


def track(name: str, length_s: float = 240.0, intensity: float = 0.5, **more: object) -> Track:
    """A track by a short name."""
    return replace(Track(f"/m/{name}", name, length_s, intensity), **more)


def peak(minutes: float, *curve: float, **more: object) -> Arc:
    """An arc of one phase that plays `deep`."""
    phase = Phase("peak", "peak", minutes * 60, Curve.spread(curve), ("deep",))
    return Arc("one", (replace(phase, **more),))


def test_two_tracks_take_turns_and_one_is_said_to_be_the_only_one() -> None:
    """The least recently heard comes first: with two, never the same one twice in a row."""
    pools = {"deep": (track("near", 200, 0.5), track("far", 310, 0.95))}
    titles = [item.track.title for item in plan(peak(60, 0.5), pools, 1).items]
    assert len(titles) > 10
    assert all(one != two for one, two in pairwise(titles))
    alone = plan(peak(20, 0.5), {"deep": (track("near", 200, 0.5),)}, 1)
    assert alone.items[1].reason.startswith(f"{AGAIN}, as peak has no other track")
    assert "its only track heard again" in alone.warnings[0].text


def test_the_warning_counts_only_minutes_that_can_serve() -> None:
    """Voices, avoided and far-off tracks are no minutes; voices are counted by number."""
    pools = {
        "deep": (
            *(track(f"good{i}", 330.0, 0.6) for i in range(4)),
            *(track(f"sung{i}", 330.0, 0.6, voice="voice") for i in range(3)),
            *(track(f"church{i}", 330.0, 0.6, tags=("genre:church",)) for i in range(3)),
            track("far", 1400.0, 0.05),
        )
    }
    found = plan(peak(40, 0.5, 0.8, avoid=("tag:church",)), pools, 1)
    assert found.warnings[0].text.startswith(
        "peak needs 40 min at 0.5 to 0.8; the playlist `deep` has 22 (3 left out as voices)"
    )
    sung = {"deep": (track("sung", voice="voice"),)}
    none = plan(peak(10, 0.5), sung, 1)
    assert none.items == ()
    assert "has nothing to play (1 left out as voice)" in none.warnings[0].text
    assert plan(peak(10, 0.5, voice=True), sung, 1).items


def test_a_stretch_away_from_the_curve_is_said() -> None:
    """Where nothing near the curve is to be had, from when to when, how far, and why."""
    pools = {"deep": tuple(track(f"t{i}", 300.0, 0.4 + 0.01 * i) for i in range(11))}
    found = plan(peak(30, 0.8), pools, 1)
    told = next(w for w in found.warnings if w.kind == "off curve")
    assert (told.phase, told.missing_s) == (0, 1800)
    assert str(told).startswith("from 0:00:00 to 0:30:00 ")
    assert "the music stays under the curve: 0.4" in told.text
    assert told.text.endswith("where 0.80 is asked; nothing in `deep` is above 0.50")
    assert plan(peak(30, 0.45), pools, 1).warnings == ()


def test_smooth_seams_are_chosen_at_next_to_no_cost() -> None:
    """Where shapes are known E falls, and J rises by half a percent at most."""
    plain = tuple(track(f"t{i}", 200 + i % 7, 0.4 + i % 9 / 50) for i in range(60))
    shaped = tuple(
        replace(t, shape=(t.intensity + (-0.2, 0.2)[i % 2], t.intensity, t.intensity + 0.2))
        for i, t in enumerate(plain)
    )
    arc = peak(90, 0.5)
    bare, found = plan(arc, {"deep": plain}, 1), plan(arc, {"deep": shaped}, 1)
    by_path = {t.path: t for t in shaped}
    told = tuple(replace(item, track=by_path[item.track.path]) for item in bare.items)
    rough = cost(replace(bare, items=told), arc)
    assert found.cost.E < rough.E
    assert pytest.approx(rough.J) == bare.cost.J
    assert found.cost.J <= rough.J * 1.0051


MANY = tuple(track(f"s{i}", 100 + i % 200, 0.5, artist=f"a{i % 50}") for i in range(3000))
STRANGE: dict[str, tuple[Arc, tuple[Track, ...]]] = {
    "one intensity": (peak(60, 0.2, 0.9), MANY),
    "seconds": (peak(10, 0.5), (track("none", 0.0), track("one", 1.0), track("three", 3.0))),
    "ten hours": (peak(60, 0.5), tuple(track(f"l{i}", 36_000.0) for i in range(3))),
    "twenty minutes": (
        Arc("m", tuple(replace(peak(1, i / 20).phases[0], name=f"p{i}") for i in range(20))),
        MANY[:200],
    ),
    "open": (peak(10, 0.5, until="cue"), MANY[:50]),
}


@pytest.mark.parametrize("name", STRANGE)
def test_strange_libraries_and_arcs_are_carried(name: str) -> None:
    """Every cost is a number, every phase has music, nothing hangs."""
    arc, pool = STRANGE[name]
    found = plan(arc, {"deep": pool}, 1)
    assert isfinite(found.cost.J)
    assert {item.phase for item in found.items} == set(range(len(arc.phases)))
    assert all(item.track.length_s >= 3.0 for item in found.items)
