"""Plans that are hard to draw, for the tests of pictures."""

from __future__ import annotations

from functools import cache
from itertools import cycle
from random import Random

from arcs_for_tests import ARC, POOL
from support.values import phase, track

from soundscape.core.arc import STAGES, Ambience, Arc, Curve
from soundscape.core.plan import PhaseSpan, Plan, PlanItem, Shortfall
from soundscape.core.planner.planner import plan
from soundscape.core.track import Track

FADE_S = 15.0
TITLES = (
    "$x_1^2$ & <b>100 %</b>",
    "\\frac{a}{b} $",
    "静かな水の音楽",
    "موسيقى هادئة",
    "Тихая река",
    "[bold]not markup[/bold]",
    "🌊 Wave",
    "_under_ ^score^ {and} ~more~",
)
"""Titles that mathematics, markup, or a lack of fonts could spoil."""
HARMFUL = "\u202eturned\x1b[31m\x00 \ud800 \ufffe line\nbreak"
"""A title with what would turn a line around, colour a terminal, or break an XML file."""


def pool(count: int, titles: tuple[str, ...] = ()) -> tuple[Track, ...]:
    """Tracks of one to nine minutes with intensities all over, some with a shape, some unknown."""
    dice = Random(7)
    return tuple(
        track(
            f"t{i}",
            dice.uniform(60, 540),
            round(dice.random(), 2),
            title=titles[i % len(titles)] if titles else f"Title {i}",
            artist=f"Artist {i % 11}",
            shape=(0.2, 0.5, 0.3) if i % 3 else None,
            voice="unknown" if i % 5 == 0 else "instrumental",
        )
        for i in range(count)
    )


LONG = Arc(
    "Six hours",
    (
        phase("arrive", 10, stage="arrival", until="dose", ambience=Ambience("forest", -20.0)),
        phase("ascent", 50, level_db=-2.0),
        phase("peak", 120, stage="peak", curve=Curve.spread((0.7, 0.9, 0.7, 0.9)), level_db=0.0),
        phase("return", 160, stage="return", curve=Curve.spread((0.8, 0.2))),
        phase("back", 20, stage="integration", curve=Curve.spread((0.1, 0.0)), mode="talk"),
    ),
)
MANY = Arc(
    "Twenty phases",
    tuple(
        phase(
            f"{('opening', 'dialogue with the inner child')[i % 2]} {i}",
            (5, 0.5, 3)[i % 3],
            stage=STAGES[i // 4],
            mode="talk" if i % 2 else "reflect",
            level_db=-i / 2,
        )
        for i in range(20)
    ),
)
SILENT = Arc(
    "Silences",
    (
        phase("onset", 20),
        phase("hush", 4, playlists=(), silence=True),
        phase("sea", 6, playlists=(), ambience=Ambience("a very long name of a sea", -9.5)),
        phase("words", 10, playlists=(), silence=True, mode="talk"),
        phase("return", 15),
    ),
    level_db=-3.0,
)
ONE = Arc("One phase", (phase("all of it", 45, curve=Curve.spread((0.1, 0.9, 0.2))),))
NAMED = Arc("Names $1$ <&> 漢字", (phase("peak $1 <x>", 30), phase("سلام", 20)))
WORDY = Arc("A name that is long " * 20, (phase("a phase " * 30, 30), phase("x", 0.1)))


CASES: dict[str, tuple[Arc, tuple[Track, ...]]] = {
    "five phases": (ARC, POOL),
    "135 tracks": (LONG, pool(150)),
    "twenty phases": (MANY, pool(60)),
    "silences": (SILENT, pool(60)),
    "one phase": (ONE, pool(60)),
    "hostile titles": (NAMED, pool(60, TITLES)),
    "harmful titles": (NAMED, pool(60, (HARMFUL, "", "\x07"))),
    "endless titles": (WORDY, pool(60, ("word " * 60, "x" * 400))),
    "few tracks": (ARC, pool(3)),
    "no track": (ARC, ()),
}
"""Arcs and the music for them, by what is hard about drawing their plan."""


def lay(arc: Arc, music: tuple[Track, ...]) -> Plan:
    """A plan without the planner's thought: one track after the other, the last of a phase cut."""
    items: list[PlanItem] = []
    spans: list[PhaseSpan] = []
    start, order = 0.0, cycle(music)
    for index, each in enumerate(arc.phases):
        end = start + each.length_s
        spans.append(PhaseSpan(index, each.name, each.stage, start, end))
        at = until = start
        while music and each.playlists and until < end:
            track = next(order)
            until = min(at + track.length_s, end + FADE_S)
            cut = until < at + track.length_s
            items.append(PlanItem(index, track, at, until, 0.0, "next in line", cut))
            at = until - FADE_S
        start = end
    told = (Shortfall("short", "one thing to know " * 12, 0), Shortfall("off curve", "another", 0))
    return Plan(tuple(items), tuple(spans), 1, warnings=told)


@cache
def planned(name: str) -> tuple[Arc, Plan]:
    """The arc of a case, and a plan for it; one that the planner made where that is soon done."""
    arc, music = CASES[name]
    return arc, plan(arc, {"all": music}, 1) if arc is ARC else lay(arc, music)
