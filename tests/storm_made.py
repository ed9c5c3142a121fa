"""Strategies that make storms: arcs, music and cues of every kind."""

from __future__ import annotations

from hypothesis import strategies as st
from storm import Storm

from soundscape.core.arc import Ambience, Arc, Curve, Phase
from soundscape.core.track import Track

NAMES = ("one", "two", "three", "four", "five", "six")


def _track(name: str, seconds: float, intensity: float, lufs: float, peak: float) -> Track:
    return Track(
        f"/music/{name}.flac", name, seconds, intensity, loudness_lufs=lufs, true_peak_dbtp=peak
    )


@st.composite
def storms(draw: st.DrawFn, most_cues: int = 14) -> Storm:
    """Any storm."""
    count = draw(st.integers(1, 9) | st.integers(20, 40))
    numbers = st.sampled_from([30.0, 40.0, 70.0, 95.0, 150.0, 260.0])
    lufs, peaks = st.sampled_from([-23.0, -14.0, -33.0]), st.sampled_from([-1.0, -12.0, 0.5, -25.0])
    tracks = [
        _track(f"t{i}", draw(numbers), draw(st.sampled_from([0.1, 0.4, 0.8])), draw(lufs),
               draw(peaks))
        for i in range(count)
    ]  # fmt: skip
    split = draw(st.integers(0, count))
    pools = {"soft": tuple(tracks[:split]), "full": tuple(tracks[split:])}
    ambiences = {
        name: _track(name, draw(st.sampled_from([8.0, 30.0, 61.0])), 0.0, draw(lufs), draw(peaks))
        for name in draw(st.sampled_from([(), ("rain",), ("rain", "ocean")]))
    }
    phases = [_phase(draw, i, sorted(ambiences)) for i in range(draw(st.integers(1, 4)))]
    if all(phase.booster for phase in phases):
        phases[0] = _phase(draw, 0, sorted(ambiences), booster=False)
    persons = draw(st.sampled_from([(), ("A", "B")]))
    arc = Arc("Storm", tuple(phases), level_db=draw(st.sampled_from([0.0, -4.0, 3.0])),
              persons=persons, follow=draw(st.sampled_from(["", *persons])))  # fmt: skip
    paths = sorted(t.path for t in tracks)
    cues = draw(st.integers(0, most_cues))
    some = st.sets(st.sampled_from(paths), max_size=3)
    trouble = draw(st.integers(0, 3)) == 0
    return Storm(
        arc,
        pools,
        ambiences,
        tuple(draw(st.lists(st.tuples(WAITS, SAYINGS), min_size=cues, max_size=cues))),
        seed=draw(st.integers(0, 3)),
        end_with_arc=draw(st.booleans()),
        gone=frozenset(draw(some)) if trouble else frozenset(),
        short_s=dict.fromkeys(draw(some), 33.0) if trouble else {},
        opens_s=draw(st.sampled_from([0.0, 0.3, 0.9])),
        late_s=draw(st.sampled_from([0.0, 0.0, 0.25, 2.0])),
    )


def _phase(draw: st.DrawFn, i: int, ambiences: list[str], booster: bool | None = None) -> Phase:
    lists = draw(st.sampled_from([("soft",), ("full",), ("soft", "full"), ("full",), ()]))
    names = st.sampled_from([None, "off", *ambiences, *ambiences])
    name = draw(names)
    return Phase(
        name=NAMES[i],
        stage=draw(st.sampled_from(["onset", "peak", "return"])),
        length_s=draw(st.sampled_from([60.0, 120.0, 240.0, 420.0])),
        curve=Curve.spread(tuple(draw(st.sampled_from([(0.2,), (0.2, 0.7), (0.9, 0.1)])))),
        playlists=lists,
        level_db=draw(st.sampled_from([0.0, -6.0, -12.0, 4.0, -24.0])),
        mode=draw(st.sampled_from(["reflect", "reflect", "talk"])),
        until=draw(st.sampled_from(["time", "time", "time", "dose", "cue"])),
        crossfade_s=draw(st.sampled_from([15.0, 4.0, 20.0])),
        ambience=Ambience(name, draw(st.sampled_from([-14.0, 0.0, -30.0]))) if name else None,
        silence=not lists and draw(st.booleans()),
        booster=draw(st.integers(0, 4)) == 0 if booster is None else booster,
    )


WAITS = st.sampled_from([0.0, 0.1, 0.7, 1.5, 3.0, 3.0, 5.0, 7.0, 9.0, 13.0, 30.0, 61.0, 200.0])
SAYINGS = st.sampled_from(
    [
        "soften", "soften", "soften 12", "lift", "lift 3", "lift 3", "restore", "pause", "pause",
        "pause --all", "resume", "resume", "resume", "transition", "transition", "transition two",
        "transition one", "next", "next", "next --never", "hold", "release", "extend 1",
        "extend 5", "shorten 1", "talk", "talk", "reflect", "reflect", "silence", "silence 0.5",
        "silence 2", "dose", "dose --ago 1", "dose A", "dose B --ago 3", "booster", "mark",
        "mark --person A", "ambience rain", "ambience ocean", "ambience off", "undo", "undo",
        "undo", "undo", "end", "stop", "stop",
    ]
)  # fmt: skip
