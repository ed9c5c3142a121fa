"""The planner's rules, for any library and any arc."""

from __future__ import annotations

from itertools import pairwise

from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from soundscape.core.arc import Arc, Curve, Phase
from soundscape.core.avoid import Avoid
from soundscape.core.plan import Plan, PlanItem, SoFar
from soundscape.core.planner.explain import AGAIN
from soundscape.core.planner.planner import pick, plan
from soundscape.core.seam import plays_s
from soundscape.core.track import DRAIN_S, Pools, Track

SECONDS = 1e-6
ONE_BY_ONE = settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
)


@st.composite
def tracks(draw: st.DrawFn) -> Track:
    """Any track, with a few artists and tags among many, and music that may begin late."""
    number = draw(st.integers(0, 60))
    length_s = draw(st.floats(4.0, 1500.0) | st.floats(100.0, 400.0))
    cue_in_s = draw(st.sampled_from([0.0, 1.5]))
    return Track(
        path=f"/m/{number}.ogg",
        title=f"Track {number}",
        duration_s=length_s + 5.0,
        intensity=draw(st.floats(0.0, 1.0)),
        artist=draw(st.sampled_from(["", "Ann", "Bo", "Cy Dee", "Em"])),
        cue_in_s=cue_in_s,
        cue_out_s=draw(st.sampled_from([None, length_s + cue_in_s])),
        tags=draw(st.sampled_from([(), ("genre:church",), ("mood:calm", "genre:ambient")])),
    )


@st.composite
def phases(draw: st.DrawFn) -> Phase:
    """Any phase: seconds or hours, with or without music, with things to avoid."""
    return Phase(
        name=draw(st.sampled_from(["onset", "peak", "return", "rest"])),
        stage="peak",
        length_s=draw(st.floats(5.0, 3600.0) | st.floats(600.0, 2400.0)),
        curve=Curve.spread(tuple(draw(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=4)))),
        playlists=draw(st.sampled_from([("a",), ("b",), ("a", "b"), (), ("gone", "a")])),
        crossfade_s=draw(st.floats(1.0, 30.0)),
        silence=draw(st.sampled_from([False, False, False, True])),
        avoid=draw(st.sampled_from([(), (), ("tag:church",), ("artist:ann", "track:track 7")])),
        booster=draw(st.sampled_from([False, False, False, True])),
    )


arcs = st.lists(phases(), min_size=1, max_size=5).map(lambda found: Arc("any", tuple(found)))
libraries = st.fixed_dictionaries(
    {
        "a": st.lists(tracks(), max_size=30).map(tuple),
        "b": st.lists(tracks(), max_size=12).map(tuple),
    }
)


def musical(each: Phase) -> bool:
    """Whether the arc wants music in this phase."""
    return bool(each.playlists) and not each.silence


def repeats(items: tuple[PlanItem, ...]) -> list[PlanItem]:
    """Items whose file was in an item before."""
    seen: set[str] = set()
    found = []
    for item in items:
        if item.track.path in seen:
            found.append(item)
        seen.add(item.track.path)
    return found


def check_shape(arc: Arc, found: Plan, first: int = 0) -> None:
    """Order, overlaps, whole tracks and avoidances: what holds for every plan from `first` on."""
    items = found.items
    spans = {span.index: span for span in found.spans}
    for one, two in pairwise(items):
        assert one.phase <= two.phase or one in items[:first]
        assert one.start_s < two.start_s
        assert one.end_s < two.end_s + SECONDS or two.cut
        overlap = one.end_s - two.start_s
        assert overlap <= arc.phases[two.phase].crossfade_s + SECONDS
        assert overlap <= one.track.length_s / 3 + SECONDS
        assert overlap <= two.track.length_s / 3 + SECONDS
    for item in items[first:]:
        natural_s = item.start_s + plays_s(item.track)
        assert item.offset_s == item.track.cue_in_s
        assert item.cut == (item.end_s < natural_s - SECONDS)
        assert item.end_s <= natural_s + SECONDS
        assert musical(arc.phases[item.phase])
        assert not Avoid(arc.phases[item.phase].avoid)(item.track)
        span = spans[item.phase]
        assert span.start_s - 120.0 - SECONDS <= item.start_s < span.end_s
        assert item.end_s > span.start_s
        assert item.reason
    for item in repeats(items):
        assert item.reason.startswith(AGAIN)


def check_cover(arc: Arc, found: Plan, since_s: float = 0.0) -> None:
    """Wherever a phase has music at all, some item sounds."""
    served = {item.phase for item in found.items}
    for span in found.spans:
        if not musical(arc.phases[span.index]) or span.index not in served:
            continue
        if any(w.kind == "empty" and w.phase == span.index for w in found.warnings):
            continue
        at = max(span.start_s, since_s)
        fade_s = arc.phases[span.index].crossfade_s
        for item in found.items:
            if item.start_s <= at + SECONDS:
                at = max(at, item.end_s)
        assert at >= span.end_s - fade_s - SECONDS


@ONE_BY_ONE
@given(arcs, libraries, st.integers(0, 3))
def test_any_plan_keeps_the_rules(arc: Arc, pools: Pools, seed: int) -> None:
    """For any library and arc: never twice unmarked, never avoided, order, overlaps and cover."""
    found = plan(arc, pools, seed)
    check_shape(arc, found)
    check_cover(arc, found)
    assert [span.index for span in found.spans] == [
        i for i, each in enumerate(arc.phases) if not each.booster
    ]


@ONE_BY_ONE
@given(arcs, libraries)
def test_a_phase_without_music_always_has_a_warning(arc: Arc, pools: Pools) -> None:
    """A phase that should have music and has no item is named in a warning."""
    found = plan(arc, pools, 1)
    served = {item.phase for item in found.items}
    for span in found.spans:
        if musical(arc.phases[span.index]) and span.index not in served:
            (told,) = [w for w in found.warnings if w.phase == span.index]
            assert told.kind == "empty"
            assert told.text.startswith(f"{span.name} needs")
            assert told.missing_s == span.end_s - span.start_s


@ONE_BY_ONE
@given(arcs, libraries)
def test_whatever_is_not_the_phases_own_comes_with_a_warning(arc: Arc, pools: Pools) -> None:
    """Repeats and lent tracks are never silent: their phase is named in a warning."""
    found = plan(arc, pools, 1)
    again = {id(item) for item in repeats(found.items)}
    for item in found.items:
        own = {t.path for name in arc.phases[item.phase].playlists for t in pools.get(name, ())}
        if id(item) in again or item.track.path not in own:
            name = arc.phases[item.phase].name
            told = [w for w in found.warnings if w.phase == item.phase]
            assert any(w.kind == "short" and w.text.startswith(f"{name} needs") for w in told)


@ONE_BY_ONE
@given(arcs, libraries, st.data())
def test_any_replan_keeps_what_plays(arc: Arc, pools: Pools, data: st.DataObject) -> None:
    """A replan keeps the playing item, repeats nothing heard unmarked, and keeps the rules."""
    before = plan(arc, pools, 1)
    if not before.items:
        return
    k = data.draw(st.integers(0, len(before.items) - 1))
    playing = before.items[k]
    now = playing.start_s + data.draw(st.floats(0.0, 1.0)) * (playing.end_s - playing.start_s) * 0.9
    span = next((s for s in before.spans if s.start_s <= now < s.end_s), before.spans[-1])
    ends_s = max(now + 30.0, span.end_s + data.draw(st.sampled_from([0.0, 0.0, 300.0, -300.0])))
    so_far = SoFar(
        now_s=now,
        phase=span.index,
        phase_started_s=span.start_s,
        phase_ends_s=ends_s,
        playing=playing,
        heard=tuple(item.track.path for item in before.items[:k]),
        never=frozenset(data.draw(st.sets(st.sampled_from([f"/m/{i}.ogg" for i in range(60)])))),
        shift=data.draw(st.sampled_from([0.0, -0.2, 0.2])),
    )
    previous = data.draw(st.sampled_from([None, before]))
    found = plan(arc, pools, 1, so_far, previous)
    kept = found.items[0]
    assert (kept.track, kept.start_s, kept.offset_s) == (
        playing.track, playing.start_s, playing.offset_s,
    )  # fmt: skip
    assert kept == playing or (kept.cut and kept.end_s < playing.end_s)
    banned = so_far.never - {playing.track.path}
    for item in found.items[1:]:
        assert item.track.path not in banned
        if item.track.path in so_far.heard:
            assert item.reason.startswith(AGAIN)
    check_shape(arc, found, first=1)
    check_cover(arc, found, since_s=now)


def test_a_repeat_says_truly_what_is_left() -> None:
    """In a phase that is made longer a gentle track comes again, as the full one waits for its
    phase: the reason says so. Where no more is to come it says that nothing is left."""
    full, gentle = (Curve.spread((x,)) for x in (0.8, 0.2))
    arc = Arc(
        "two",
        (Phase("settle", "peak", 600, gentle, ("a",)), Phase("peak", "peak", 300, full, ("a",))),
    )
    music = [
        Track(f"/m/{n}.ogg", "", 310.0 + DRAIN_S, x, cue_out_s=310.0)
        for n, x in enumerate((0.2, 0.2, 0.8))
    ]
    pools = {"a": tuple(music)}
    before = plan(arc, pools, 1)
    assert [item.track.intensity for item in before.items] == [0.2, 0.2, 0.8]
    so_far = SoFar(10.0, 0, 0.0, 1200.0, before.items[0])
    items = plan(arc, pools, 1, so_far, before).items
    why = f"{AGAIN}, as nothing unheard is left for settle but what comes later;"
    assert any(item.reason.startswith(why) for item in items)
    alone = plan(Arc("one", arc.phases[:1]), {"a": pools["a"][:2]}, 1, so_far).items
    why = f"{AGAIN}, as nothing unheard is left for settle;"
    assert any(item.reason.startswith(why) for item in alone)


@settings(ONE_BY_ONE, max_examples=examples(12))
@given(arcs, libraries, libraries, st.data())
def test_what_another_plan_was_told_changes_none(
    arc: Arc, pools: Pools, others: Pools, data: st.DataObject
) -> None:
    """The same plan after plans from other pools, with tracks banned and heard, as before them."""
    first = plan(arc, pools, 1)
    paths = st.frozensets(st.sampled_from([f"/m/{i}.ogg" for i in range(61)]))
    span = first.spans[0] if first.spans else None
    for music in (pools, others):
        if span is not None:
            so_far = SoFar(
                span.start_s, span.index, span.start_s, span.end_s,
                heard=tuple(sorted(data.draw(paths))), never=data.draw(paths),
            )  # fmt: skip
            told = plan(arc, music, 1, so_far)
            assert told == plan(arc, {name: (*pool,) for name, pool in music.items()}, 1, so_far)
            items = [item.track for item in told.items]
            assert not so_far.never & {track.path for track in items}
            assert all(any(track in pool for pool in music.values()) for track in items)
        assert plan(arc, dict(pools), 1) == first


@settings(ONE_BY_ONE, max_examples=examples(12))
@given(arcs, libraries, st.integers(0, 3))
def test_the_same_arguments_give_the_same_plan(arc: Arc, pools: Pools, seed: int) -> None:
    """Nothing is left to chance within a process."""
    assert plan(arc, pools, seed) == plan(arc, pools, seed)


@ONE_BY_ONE
@given(arcs, libraries, st.sets(st.integers(0, 60)), st.sets(st.integers(0, 60)), st.integers(0, 4))
def test_any_pick_says_truly_where_it_comes_from(
    arc: Arc, pools: Pools, heard: set[int], never: set[int], index: int
) -> None:
    """A pick is never banned or avoided, and lower rungs are used only when higher are empty."""
    index %= len(arc.phases)
    so_far = SoFar(
        60.0, index, 0.0, 600.0,
        heard=tuple(f"/m/{i}.ogg" for i in sorted(heard)),
        never=frozenset(f"/m/{i}.ogg" for i in never),
    )  # fmt: skip
    here = arc.phases[index]
    own = [
        t
        for name in here.playlists
        for t in pools.get(name, ())
        if t.path not in so_far.never and not Avoid(here.avoid)(t)
    ]
    fresh = {t.path for t in own if t.path not in so_far.heard}
    found = pick(arc, pools, so_far, index, 1)
    if not musical(here):
        assert found is None
    elif found is None:
        assert not own
    else:
        assert found.track.path not in so_far.never
        assert not Avoid(here.avoid)(found.track)
        assert (found.rung == "playlist") == bool(fresh)
        assert (found.rung == "repeat") == (found.track.path in so_far.heard)
