"""The arcs that ship, each rehearsed with the cues of a script, told so that a person can read it.

`python tests/golden_timelines.py` writes `tests/golden/*.txt` anew; the diff is for reading.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from pathlib import Path

from soundscape.cli.rehearse import read_script
from soundscape.core import events as e
from soundscape.core.arc import Arc
from soundscape.core.fold import apply
from soundscape.core.planner.planner import plan
from soundscape.core.session import Session, open_session
from soundscape.core.text import asked_words, clock, decibels, number
from soundscape.core.track import Pools, Track
from soundscape.drawing.played import played_scene
from soundscape.drawing.scene import Scene
from soundscape.engine.rehearsal import Rehearsed, rehearse
from soundscape.library.arcs.load import load_arc
from soundscape.library.arcs.places import shipped
from soundscape.library.playlists.load import read_playlist

GOLDEN = Path(__file__).with_name("golden")
NAMES = sorted(path.stem for path in GOLDEN.glob("*.script"))
BEGINS = datetime(2026, 3, 4, 10).astimezone()  # As the local wall clock shows it, anywhere.
TRACKS = 60
PEAK_DBTP = -12.0
"""The same for all: how much a `lift` gives may not depend on which track it meets."""
AMBIENCES = ("rain", "ocean", "forest", "fire", "still")


def catalogue(folder: Path) -> tuple[Track, ...]:
    """A library of sixty tracks of every intensity, 3 to 9 min long, whose files are there."""
    tracks = []
    for i in range(TRACKS):
        path = folder / f"{i:02}.flac"
        path.write_bytes(b"x")
        tracks.append(
            Track(str(path), f"Track {i:02}", 180.0 + 37.0 * (i * 7 % 11), i / TRACKS,
                  f"Artist {i % 13}", true_peak_dbtp=PEAK_DBTP)
        )  # fmt: skip
    return tuple(tracks)


def pools_for(arc: Arc, tracks: tuple[Track, ...]) -> Pools:
    """What the playlists that ship take of the library."""
    pools = {}
    for name in dict.fromkeys(name for phase in arc.phases for name in phase.playlists):
        query = read_playlist(shipped("playlists") / f"{name}.yaml").query
        assert query is not None
        pools[name] = tuple(track for track in tracks if query.takes(track))
    return pools


@dataclass(frozen=True, slots=True)
class Golden:
    """One arc, rehearsed: what became of it, the scene of it, and the timeline as text."""

    arc: Arc
    kept: Rehearsed
    scene: Scene
    text: str


def golden(name: str, tracks: tuple[Track, ...]) -> Golden:
    """Rehearse the arc of this name with its script."""
    arc = load_arc(shipped("arcs") / f"{name}.yaml")
    script = read_script(GOLDEN / f"{name}.script")
    pools = pools_for(arc, tracks)
    ambiences = dict.fromkeys(AMBIENCES, tracks[0])
    opened = e.Opened("golden", arc, 1, "rehearsal", "null", persons=arc.persons)
    kept = rehearse(opened, plan(arc, pools, 1), pools, ambiences, script, BEGINS)
    lines = [f"{arc.name}, {clock(arc.length_s)} as it is written", "", *_lines(kept)]
    text = "\n".join(line.rstrip() for line in lines) + "\n"
    return Golden(arc, kept, played_scene(kept.entries, "golden"), text)


def _lines(kept: Rehearsed) -> Iterator[str]:
    """A line for each thing that was said or decided, but for which track was chosen: that may
    change with the planner."""
    opened = kept.entries[0].fact
    assert isinstance(opened, e.Opened)
    session, before = open_session(opened), ""
    for entry, after in zip_longest(kept.entries, kept.entries[1:]):
        session = apply(session, entry.fact)
        said = _said(entry.fact, session)
        if said:
            # Where the last track ends is the planner's: when the closing is over, too.
            closed = isinstance(entry.fact, e.Closed)
            yield f"{'' if closed else clock(entry.stamp.at_s):>7}  {said}"
        sound, more = _sound(session), after and after.stamp.at_s == entry.stamp.at_s
        if sound != before and not more and not session.closing:
            yield f"{clock(entry.stamp.at_s):>7}      {sound}"
            before = sound
    for late in kept.late:
        yield f"{clock(late.at_s):>7}  » {late.name}: the session is over by then"


def _said(fact: e.Fact, session: Session) -> str:
    match fact:
        case e.Asked():
            by = f" ({fact.by})" if fact.by else ""
            refused = "" if fact.ok else "refused: "
            words = asked_words(fact.cue, {k: v for k, v in fact.args.items() if k != "note"})
            return f"» {words}{by}: {refused}{_untitled(fact.answer)}"
        case e.PhaseEntered():
            phase = session.arc.phases[fact.phase]
            until = f"until {phase.until}" if fact.ends_s is None else f"to {clock(fact.ends_s)}"
            return f"■ {phase.name} ({phase.stage}) {until}: {fact.reason}"
        case e.PhaseMoved():
            until = "open" if fact.ends_s is None else f"to {clock(fact.ends_s)}"
            return f"  the phase counts from {clock(fact.started_s)}, {until}: {fact.reason}"
        case e.Held():
            return f"  held at {clock(fact.elapsed_s)} of the phase"
        case e.Anchored():
            return f"  the arc counts from {clock(fact.zero_s)}"
        case e.Dosed():
            return f"  dose at {clock(fact.at_s)}{f' for {fact.person}' if fact.person else ''}"
        case e.Shifted():
            return f"  music chosen {number(abs(fact.shift) * 100)} % {_way(fact.shift)}"
        case e.ArcOver():
            return "□ the arc is over"
        case e.Closed():
            return f"closed: {fact.reason}"
        case e.Faulted():
            return f"! {fact.what}; {fact.done}"
    return ""


def _way(shift: float) -> str:
    return "gentler" if shift < 0 else "fuller" if shift else "off the curve"


def _untitled(answer: str) -> str:
    return re.sub("“[^”]*”", "“…”", answer)


def _sound(session: Session) -> str:
    """What there is to hear, as it is meant to be."""
    phase = session.current
    if phase is None:
        return ""
    if session.rest.kind == "silence":
        return "silence"
    if phase.silence:
        music = "the arc's silence"
    elif "music" in session.rest.waiting:
        music = "paused"
    elif phase.playlists:
        music = f"music at {decibels(session.level_db + session.trim_db)}, {session.mode}"
    else:
        music = "no music"
    layer = session.ambience.now if "ambience" not in session.rest.waiting else None
    return music + (f"; {layer.name} at {decibels(layer.level_db)}" if layer else "")


def main() -> None:
    """Write every timeline anew."""
    with tempfile.TemporaryDirectory() as folder:
        tracks = catalogue(Path(folder))
        for name in NAMES:
            path = GOLDEN / f"{name}.txt"
            old = path.read_text("utf-8") if path.exists() else ""
            new = golden(name, tracks).text
            path.write_text(new, "utf-8")
            sys.stdout.write(f"{path.name}: {'as it was' if new == old else 'changed'}\n")


if __name__ == "__main__":
    main()
