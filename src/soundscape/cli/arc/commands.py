"""`soundscape arc`: which arcs there are, each one drawn, a new one made, and what is wrong."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from soundscape.cli.arc.named import ArcArgument, arc_path
from soundscape.cli.drawing import (
    DarkOption,
    PictureOption,
    check_drawing,
    draw_picture,
    show_picture,
)
from soundscape.cli.written import ForceOption

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from soundscape.core.arc import Arc
    from soundscape.core.errors import Fault
    from soundscape.library.arcs.new import Ending, Wanted

arc = typer.Typer(
    help="Arcs: list, draw, make and check them.", no_args_is_help=True, rich_markup_mode=None
)
JsonOption = Annotated[bool, typer.Option("--json", help="for programs")]
ABOUT_MOST = 100
TEMPLATE = "first-journey"
Answer = TypeVar("Answer")


@arc.command("list")
def list_arcs(json: JsonOption = False) -> None:
    """List the arcs that can be called by name: beside you, in the home, and those that ship."""
    from soundscape.cli.out import console, print_json, say
    from soundscape.core.errors import InputError
    from soundscape.core.words import clock
    from soundscape.home import Home
    from soundscape.library.arcs.load import load_arc
    from soundscape.library.arcs.places import arcs_of
    from soundscape.library.walk import shown

    found: list[dict[str, Any]] = []
    for place, path in arcs_of(Home.find().data):
        entry: dict[str, Any] = {"name": path.stem, "file": str(path), "place": place.name}
        try:
            made = load_arc(path)
        except InputError as error:
            entry |= {"title": "", "length_s": None, "phases": None, "about": ""}
            entry["faults"] = len(error.faults)
        else:
            entry |= {"title": made.name, "length_s": made.length_s, "phases": len(made.phases)}
            entry |= {"about": _first_sentences(made.about), "faults": 0}
        found.append(entry)
    if json:
        print_json(found)
        return
    from rich.text import Text

    out, before = console(), ""
    wide = max((len(entry["name"]) for entry in found), default=0)
    for entry in found:
        if entry["place"] != before:
            before = entry["place"]
            out.print(Text(f"Arcs {before}", "dim"))
        line = Text.assemble((shown(entry["name"]).ljust(wide), "bold"), "  ")
        if entry["faults"]:
            line.append(f"{_many(entry['faults'], 'fault')}: see `soundscape arc check`")
        else:
            phases = _many(entry["phases"], "phase")
            line.append(f"{clock(entry['length_s'])}  {phases:<9}  ")
            line.append(shown(f"{entry['title']}. {entry['about']}".strip()))
        out.print(line, no_wrap=True, overflow="ellipsis")
    say("\nsoundscape arc show NAME draws one, soundscape run NAME plays it.")


@arc.command()
def show(
    arc: ArcArgument,
    picture: PictureOption = None,
    dark: DarkOption = False,
    force: ForceOption = False,
    json: JsonOption = False,
) -> None:
    """Draw an arc: curve, phases, levels, modes and ambiences over its time. No music is needed."""
    from soundscape.cli.out import console, print_json
    from soundscape.cli.plan.shown import heading, phases_as_json
    from soundscape.core.planner.planner import phase_spans
    from soundscape.drawing.scene import arc_scene
    from soundscape.library.arcs.load import load_arc

    replace = check_drawing(picture, dark, force)
    made = load_arc(arc)
    drawn = arc_scene(made)
    if json:
        spans = phase_spans(made, None)
        print_json({**_facts(made, arc), "phases": phases_as_json(made, spans)})
    else:
        out = console()
        show_picture(out, drawn)
        out.print()
        for stretch in drawn.stretches:
            out.print(heading(stretch))
        for line in _notes(made):
            out.print()
            out.print(line)
    if picture:
        draw_picture(drawn, picture, dark=dark, quiet=json, replace=replace)


@arc.command()
def new(
    file: Annotated[Path, typer.Argument(help="the file to write", show_default=False)],
    like: Annotated[
        str, typer.Option(help="the arc to begin with: its name or file", show_default=False)
    ] = "",
    length: Annotated[
        str, typer.Option(help="how long from the dose: `90`, `2 h 30 min`", show_default=False)
    ] = "",
    persons: Annotated[
        int | None, typer.Option(help="for one or two people", min=1, max=2, show_default=False)
    ] = None,
    ending: Annotated[
        str, typer.Option(help="ends in `talk` or in `silence`", show_default=False)
    ] = "",
    json: JsonOption = False,
) -> None:
    """Write a new arc from one there is. What no option says is asked, where somebody can answer.

    The four questions: which arc to begin with, how long, for one or two, and whether it ends in
    talk or in silence. Nothing that is there is written over.
    """
    from soundscape.atomic import write_whole
    from soundscape.cli.out import print_json, say, tell_left_out
    from soundscape.core.errors import Fault, InputError
    from soundscape.library.arcs.load import parse_arc
    from soundscape.library.arcs.new import Wanted, length_s, new_arc

    faults = _bad_target(file)
    wanted_length = _length(length, faults)
    if ending not in ("", "talk", "silence"):
        faults.append(Fault("--ending", f"expected talk or silence, not `{ending[:40]}`"))
    if faults:
        raise InputError(faults)
    asks = sys.stdin.isatty() and sys.stdout.isatty() and not json
    template, base = _template(like, asks)
    wanted = Wanted(_title(file), str(file), wanted_length, persons, _as_ending(ending))
    if asks:
        wanted = _asked(wanted, base)
    text = new_arc(template, wanted)
    try:
        write_whole(file, text.encode("utf-8"), replace=False)
    except FileExistsError:
        raise InputError([_exists(file)]) from None
    made = parse_arc(text, str(file))
    if json:
        print_json({**_facts(made, file), "like": template.stem})
        return
    share = length_s(made) / length_s(base)
    if not 0.5 <= share <= 2.0:
        times = f"{share:.1f} times" if share > 1 else f"1/{1 / share:.1f} of"
        note = f"that is {times} the template's length: look whether its phases still make sense"
        tell_left_out((), (note,))
    say(f"written: {file}, a starting point to edit, not a protocol")
    say(f"soundscape arc show {file} draws it")


@arc.command()
def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="arcs: files or names")],
    json: JsonOption = False,
) -> None:
    """List all that is wrong with arcs' files, with line and column (exit 2). Needs no music.

    This is about the file alone, while you write it. `soundscape check ARC` is the one before a
    session: it asks whether that can begin, with its music, this machine and its sound.
    """
    from soundscape.cli.out import complain, print_json, say
    from soundscape.core.errors import InputError
    from soundscape.core.words import clock
    from soundscape.home import Home
    from soundscape.library.arcs.load import load_arc
    from soundscape.library.playlists.places import find

    home, told, bad = Home.find().data, [], False
    for word in files:
        faults: tuple[Fault, ...] = ()
        notes: list[str] = []
        facts: dict[str, Any] = {"file": word}
        try:
            path = arc_path(word)
            made = load_arc(path)
        except InputError as error:
            faults = error.faults
        else:
            facts = _facts(made, path)
            for name in dict.fromkeys(name for phase in made.phases for name in phase.playlists):
                try:
                    find(name, path, home)
                except InputError as error:
                    notes += map(str, error.faults)
        bad = bad or bool(faults)
        told.append({**facts, "fine": not faults, "faults": _as_json(faults), "notes": notes})
        if json:
            continue
        for fault in faults:
            complain(str(fault))
        if not faults:
            count = _many(facts["count"], "phase")
            say(f"{facts['file']}: fine ({facts['title']}, {clock(facts['length_s'])}, {count})")
        for note in notes:
            complain(f"note: {note}")
    if json:
        print_json({"fine": not bad, "files": told})
    if bad:
        raise typer.Exit(2)


def _facts(made: Arc, path: Path) -> dict[str, Any]:
    return {
        "name": path.stem,
        "file": str(path),
        "title": made.name,
        "about": made.about,
        "source": made.source,
        "length_s": made.length_s,
        "count": len(made.phases),
        "persons": made.persons,
        "follow": made.follows,
    }


def _as_json(faults: Iterable[Fault]) -> list[dict[str, Any]]:
    from dataclasses import asdict

    return [asdict(fault) for fault in faults]


def _first_sentences(about: str) -> str:
    """What an arc is for, in about a line; that it is a starting point is said of all of them."""
    text = " ".join(about.split())
    for same in ("A starting point to edit, not a protocol.", "A starting point, not a protocol."):
        text = text.replace(same, "").strip()
    if len(text) <= ABOUT_MOST:
        return text
    end = text.rfind(". ", 0, ABOUT_MOST)
    return text[: end + 1] if end > 0 else text[: ABOUT_MOST - 1].rstrip() + "…"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def _notes(made: Arc) -> list[str]:
    """What the picture of an arc does not tell."""
    from soundscape.drawing.words import lasting

    lines = []
    if made.persons:
        people = " and ".join(made.persons)
        lines.append(f"For {people}; it counts from the dose of {made.follows}.")
    boosters = [phase for phase in made.phases if phase.booster]
    if boosters:
        each = ", ".join(f"{phase.name} ({lasting(phase.length_s)})" for phase in boosters)
        lines.append(f"With the `booster` cue: {each}.")
    if made.about:
        lines.append(" ".join(made.about.split()))
    if made.source:
        lines.append(f"Source: {' '.join(made.source.split())}")
    return lines


def _bad_target(file: Path) -> list[Fault]:
    from soundscape.core.errors import Fault

    where = str(file)
    if file.is_dir():
        return [Fault(where, "this is a folder", "name the file to write in it")]
    if file.exists():
        return [_exists(file)]
    if file.suffix.lower() not in (".yaml", ".yml"):
        return [Fault(where, "an arc's file ends in .yaml", f"say {file.with_suffix('.yaml')}")]
    if not file.absolute().parent.is_dir():
        return [Fault(where, f"there is no folder {file.parent}", "make it first")]
    return []


def _exists(file: Path) -> Fault:
    from soundscape.core.errors import Fault

    return Fault(str(file), "is there already, and is left as it is", "name another file")


def _length(text: str, faults: list[Fault]) -> float | None:
    from soundscape.core.errors import Fault
    from soundscape.library.units import parse_duration

    if not text:
        return None
    try:
        seconds = parse_duration(text)
        if not 60.0 <= seconds <= 12 * 3600.0:
            raise ValueError(f"expected from 1 min to 12 h, not `{text}`")
    except ValueError as error:
        faults.append(Fault("--length", str(error)))
        return None
    return seconds


def _title(file: Path) -> str:
    """A name for the arc in a file: `our-evening.yaml` is "Our evening"."""
    words = " ".join(file.stem.replace("_", " ").replace("-", " ").split()) or "New arc"
    return words[0].upper() + words[1:]


def _as_ending(text: str) -> Ending | None:
    return "talk" if text == "talk" else "silence" if text == "silence" else None


def _template(like: str, asks: bool) -> tuple[Path, Arc]:
    from soundscape.cli.out import say
    from soundscape.core.errors import InputError
    from soundscape.home import Home
    from soundscape.library.arcs.load import load_arc
    from soundscape.library.arcs.places import arcs_of

    if not like and asks:
        say("Which arc shall it begin with?")
        for _, path in arcs_of(Home.find().data):
            try:
                say(f"  {path.stem:<24}{_first_sentences(load_arc(path).about)}")
            except InputError:
                continue
        return _ask("Its name", TEMPLATE, _named)
    return _named(like or TEMPLATE)


def _named(word: str) -> tuple[Path, Arc]:
    from soundscape.library.arcs.load import load_arc

    path = arc_path(word)
    return path, load_arc(path)


def _asked(wanted: Wanted, base: Arc) -> Wanted:
    """The questions that no option has answered; Enter leaves each as the template has it."""
    from dataclasses import replace

    from soundscape.library.arcs.new import ending, length_s
    from soundscape.library.units import format_duration

    if wanted.length_s is None:
        own = format_duration(length_s(base))
        wanted = replace(wanted, length_s=_ask("How long, from the dose on", own, _as_length))
    if wanted.persons is None:
        own = str(max(1, min(len(base.persons), 2)))
        wanted = replace(wanted, persons=int(_ask("For one or two people", own, _one_of("1", "2"))))
    if wanted.ending is None:
        said = _ask("Ends in talk or in silence", ending(base), _one_of("talk", "silence"))
        wanted = replace(wanted, ending=_as_ending(said))
    return wanted


def _ask(question: str, default: str, read: Callable[[str], Answer]) -> Answer:
    """Ask until `read` takes the answer; what it raises as `InputError` is said first."""
    from soundscape.core.errors import InputError

    def taken(text: str) -> Answer:
        try:
            return read(text.strip())
        except InputError as error:
            raise typer.BadParameter("; ".join(map(str, error.faults))) from None

    answer: Answer = typer.prompt(question, default=default, value_proc=taken)
    return answer


def _as_length(text: str) -> float | None:
    from soundscape.core.errors import InputError

    faults: list[Fault] = []
    seconds = _length(text, faults)
    if faults:
        raise InputError(faults)
    return seconds


def _one_of(*words: str) -> Callable[[str], str]:
    from soundscape.core.errors import Fault, InputError

    def read(text: str) -> str:
        if text.lower() not in words:
            raise InputError([Fault(text[:40], f"expected {' or '.join(words)}")])
        return text.lower()

    return read
