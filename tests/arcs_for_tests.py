"""Small arcs, tracks and sessions for tests of the core, and strategies that make them."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st
from support.values import phase, track

from soundscape.core.arc import Ambience, Arc, Curve
from soundscape.core.events import Opened, Planned
from soundscape.core.fold import fold
from soundscape.core.planner.planner import plan
from soundscape.core.session import Session, open_session
from soundscape.core.track import Track

ARC = Arc(
    "Test",
    (
        phase("onset", 10, level_db=-3.0),
        phase("peak", 12, stage="peak", level_db=0.0, ambience=Ambience("rain")),
        phase("hush", 5, stage="peak", playlists=(), silence=True),
        phase("more", 8, stage="peak", curve=Curve.spread((0.6,)), booster=True),
        phase("return", 10, stage="return", curve=Curve.spread((0.5, 0.1))),
        phase("ground", 10, stage="integration", curve=Curve.spread((0.1,)), mode="talk"),
    ),
)
POOL = tuple(track(f"t{i:02}", 150.0 + 37.0 * (i % 7), i / 29) for i in range(30))
AMBIENCES = {name: track(name, 60.0, 0.0) for name in ("rain", "ocean")}


@cache
def session(arc: Arc = ARC, pool: tuple[Track, ...] = POOL, seed: int = 1) -> Session:
    """An opened session with its plan, not yet begun."""
    opened = Opened("testtest", arc, seed, "test", "null")
    made = open_session(opened, {"all": pool}, AMBIENCES)
    return fold(made, (opened, Planned(plan(arc, made.pools, seed), "opens")))


CUE_WORDS = st.one_of(
    st.tuples(st.just("soften"), st.sampled_from(["", "1", "6"])),
    st.tuples(st.just("lift"), st.sampled_from(["", "1", "3"])),
    st.tuples(
        st.sampled_from(["restore", "pause", "resume", "pause", "resume", "next"]), st.just("")
    ),
    st.tuples(
        st.sampled_from(["hold", "release", "talk", "reflect", "silence", "booster", "dose"]),
        st.just(""),
    ),
    st.tuples(st.sampled_from(["extend", "shorten", "silence"]), st.sampled_from(["1", "4", "30"])),
    st.tuples(st.just("dose"), st.sampled_from(["--ago 3", "B --ago 30", "A --ago 0"])),
    st.tuples(st.just("pause"), st.just("--all")),
    st.tuples(st.just("undo"), st.just("")),
    st.tuples(st.just("next"), st.just("--never")),
    st.tuples(st.just("transition"), st.sampled_from(["", "peak", "ground", "onset", "hush"])),
    st.tuples(st.just("ambience"), st.sampled_from(["rain", "ocean", "off", "fog"])),
    st.tuples(st.just("mark"), st.sampled_from(["", "--person B", "a word"])),
)
"""A cue as it is typed: its name, and its words in one string."""
