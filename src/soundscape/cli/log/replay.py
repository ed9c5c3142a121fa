"""`soundscape log replay`: a moment of an old session heard again."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.live import Live
from rich.text import Text

from soundscape.cli.log.story import journal_of, moment_asked, story_of_journal
from soundscape.cli.options import CodeArgument, DeviceOption
from soundscape.cli.out import complain, console, say
from soundscape.cli.settings import load_settings
from soundscape.clock import BootClock
from soundscape.core.errors import Fault, InputError, SoundscapeError
from soundscape.core.text import clock, plain, typed
from soundscape.core.track import Track, part_of
from soundscape.engine.replay import Replay
from soundscape.home import Home
from soundscape.journal.again import HeardSpan, ReplayStep, again, stretches, where_found
from soundscape.journal.score import read_score
from soundscape.journal.story import Story
from soundscape.library.index import Index
from soundscape.process.launch import refuse_a_second
from soundscape.process.play import make_decks
from soundscape.protocol import EngineOutput


def replay(
    code: CodeArgument = "",
    mark: Annotated[int | None, typer.Option("--mark", help="around a mark")] = None,
    at: Annotated[str, typer.Option("--at", metavar="H:MM:SS", help="from this moment")] = "",
    track: Annotated[
        int | None, typer.Option("--track", help="the Nth track that was heard, once")
    ] = None,
    lead: Annotated[
        float | None, typer.Option("--lead", help="seconds before the moment; for a mark 60")
    ] = None,
    minutes: Annotated[float, typer.Option("--for", help="how many minutes")] = 5.0,
    plain: Annotated[
        bool, typer.Option("--plain", help="the music alone: no cue, silence or ambience")
    ] = False,
    out: Annotated[str, typer.Option("--out", help="vlc, or null for silence")] = "vlc",
    device: DeviceOption = "",
) -> None:
    """Play what was heard from a moment on, up from nothing and down at the end. Ctrl-C goes down
    at once. Nothing is written into the old session, nor anywhere."""
    faults = []
    if (mark is not None) + bool(at) + (track is not None) != 1:
        what = "which moment? give one of --mark N, --at H:MM:SS and --track N"
        faults.append(Fault("replay", what, "`soundscape log show` tells them"))
    if out not in ("vlc", "null"):
        faults.append(Fault("--out", f"expected vlc or null, not {typed(out)}"))
    if not 0.1 <= minutes <= 600:
        faults.append(Fault("--for", "expected 0.1 to 600 minutes"))
    if lead is not None and not 0 <= lead <= 3600:
        faults.append(Fault("--lead", "expected 0 to 3600 seconds"))
    if faults:
        raise InputError(faults)
    home = Home.find()
    refuse_a_second(home)
    journal = journal_of(code)
    story = story_of_journal(journal)
    ambiences = {each.path: each for each in read_score(journal.folder).ambiences.values()}
    heard = stretches(journal.entries, ambiences)
    if track is not None:
        from_s, to_s = _span_of(story, heard, track)
        from_s -= lead or 0.0
    else:
        moment_s = moment_asked(story, at, mark)
        assert moment_s is not None
        from_s = moment_s - (lead if lead is not None else 60.0 if mark is not None else 0.0)
        to_s = max(from_s, 0.0) + minutes * 60.0
    from_s = max(from_s, 0.0)
    near = [each for each in heard if each.to_s > from_s and each.from_s < to_s + 3600.0]
    near, gone = where_found(near, lambda each: _file_of(each, home.index))
    for each in gone:
        complain(f"not there any more: “{each.title}” ({each.path}); it is left out")
    steps = again(journal.entries, near, from_s, to_s, plain=plain)
    if not steps:
        why = "its files are gone" if gone else "nothing was heard then"
        raise SoundscapeError(f"{story.session}: {why}; nothing is played")
    _play(steps, out, device or load_settings(home.settings).device)


def _span_of(story: Story, heard: list[HeardSpan], number: int) -> tuple[float, float]:
    """From where to where the Nth track was heard. Raises `InputError` for one it does not have."""
    music = [each for each in heard if each.layer == "music"]
    paths = list(dict.fromkeys(each.track.path for each in music))
    if not 1 <= number <= len(paths):
        has = f"1 to {len(paths)} were heard" if paths else "no music was heard in it"
        raise InputError([Fault(story.session, f"no track {number}", has)])
    own = [each for each in music if each.track.path == paths[number - 1]]
    return own[0].from_s, own[-1].to_s


def _file_of(track: Track, index: Path) -> Track | None:
    """The track with its file where it lies now, known again by its sound; None: gone."""
    if Path(track.file).is_file():
        return track
    if not track.key or not index.exists():
        return None
    with Index(index) as known:
        for path in known.paths_of(track.key):
            if Path(part_of(path).file).is_file():
                return replace(track, path=path)
    return None


def _play(steps: Sequence[ReplayStep], out: str, device: str) -> None:
    screen, shown = console(), [""]
    output, machine = EngineOutput(out, device), BootClock()
    with Live(console=screen, auto_refresh=False, transient=True) as live:

        def tell(session_s: float, title: str) -> None:
            if screen.is_terminal:
                text = f"{clock(session_s)}  {plain(title)}   Ctrl-C ends it"
                live.update(Text(text), refresh=True)
            elif title != shown[0]:
                shown[0] = title
                say(f"{clock(session_s)}  {plain(title)}")

        played = Replay(steps, lambda report: make_decks(output, machine, report), machine, tell)
        before = signal.signal(signal.SIGINT, lambda *_: played.leave())
        signal.signal(signal.SIGTERM, lambda *_: played.leave())
        try:
            played.run()
        finally:
            signal.signal(signal.SIGINT, before)
    for each in dict.fromkeys(played.trouble):
        complain(each)
