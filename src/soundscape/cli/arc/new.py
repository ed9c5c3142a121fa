"""`soundscape arc new`: a new arc made from one there is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from soundscape.atomic import write_whole
from soundscape.cli.arc.named import arc_path, facts_of, first_sentences
from soundscape.cli.options import JsonOption, offering
from soundscape.cli.out import print_json, say, tell_left_out
from soundscape.core.arc import Arc
from soundscape.core.errors import Fault, InputError
from soundscape.core.text import typed
from soundscape.home import Home
from soundscape.library.arcs.load import load_arc, parse_arc
from soundscape.library.arcs.new import Ending, NewArc, ending, length_s, new_arc
from soundscape.library.arcs.places import arcs_of
from soundscape.library.units import format_duration, parse_duration

TEMPLATE = "first-journey"


Answer = TypeVar("Answer")


def new(
    file: Annotated[Path, typer.Argument(help="the file to write", show_default=False)],
    like: Annotated[
        str,
        typer.Option(
            help="the arc to begin with: its name or file",
            show_default=False,
            autocompletion=offering("arcs"),
        ),
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
    faults, wanted_length = _bad_target(file), None
    try:
        wanted_length = _length(length)
    except InputError as error:
        faults += error.faults
    if ending not in ("", "talk", "silence"):
        faults.append(Fault("--ending", f"expected talk or silence, not {typed(ending)}"))
    if faults:
        raise InputError(faults)
    asks = sys.stdin.isatty() and sys.stdout.isatty() and not json
    template, base = _template(like, asks)
    wanted = NewArc(_title(file), str(file), wanted_length, persons, _as_ending(ending))
    if asks:
        wanted = _asked(wanted, base)
    text = new_arc(template, wanted)
    try:
        write_whole(file, text.encode("utf-8"), replace=False)
    except FileExistsError:
        raise InputError([_exists(file)]) from None
    made = parse_arc(text, str(file))
    if json:
        print_json({**facts_of(made, file), "like": template.stem})
        return
    share = length_s(made) / length_s(base)
    if not 0.5 <= share <= 2.0:
        times = f"{share:.1f} times" if share > 1 else f"1/{1 / share:.1f} of"
        note = f"that is {times} the template's length: look whether its phases still make sense"
        tell_left_out((), (note,))
    say(f"written: {file}, a starting point to edit, not a protocol")
    say(f"soundscape arc show {file} draws it")


def _bad_target(file: Path) -> list[Fault]:
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
    return Fault(str(file), "is there already, and is left as it is", "name another file")


def _length(text: str) -> float | None:
    if not text:
        return None
    try:
        seconds = parse_duration(text)
        if not 60.0 <= seconds <= 12 * 3600.0:
            raise ValueError(f"expected from 1 min to 12 h, not `{text}`")
    except ValueError as error:
        raise InputError([Fault("--length", str(error))]) from None
    return seconds


def _title(file: Path) -> str:
    """A name for the arc in a file: `our-evening.yaml` is "Our evening"."""
    words = " ".join(file.stem.replace("_", " ").replace("-", " ").split()) or "New arc"
    return words[0].upper() + words[1:]


def _as_ending(text: str) -> Ending | None:
    return "talk" if text == "talk" else "silence" if text == "silence" else None


def _template(like: str, asks: bool) -> tuple[Path, Arc]:
    if not like and asks:
        say("Which arc shall it begin with?")
        for _, path in arcs_of(Home.find().data):
            try:
                say(f"  {path.stem:<24}{first_sentences(load_arc(path).about)}")
            except InputError:
                continue
        return _ask("Its name", TEMPLATE, _named)
    return _named(like or TEMPLATE)


def _named(word: str) -> tuple[Path, Arc]:
    path = arc_path(word)
    return path, load_arc(path)


def _asked(wanted: NewArc, base: Arc) -> NewArc:
    """The questions that no option has answered; Enter leaves each as the template has it."""
    if wanted.length_s is None:
        own = format_duration(length_s(base))
        wanted = replace(wanted, length_s=_ask("How long, from the dose on", own, _length))
    if wanted.persons is None:
        own = str(max(1, min(len(base.persons), 2)))
        wanted = replace(wanted, persons=int(_ask("For one or two people", own, _one_of("1", "2"))))
    if wanted.ending is None:
        said = _ask("Ends in talk or in silence", ending(base), _one_of("talk", "silence"))
        wanted = replace(wanted, ending=_as_ending(said))
    return wanted


def _ask(question: str, default: str, read: Callable[[str], Answer]) -> Answer:
    """Ask until `read` takes the answer; what it raises as `InputError` is said first."""

    def taken(text: str) -> Answer:
        try:
            return read(text.strip())
        except InputError as error:
            raise typer.BadParameter("; ".join(map(str, error.faults))) from None

    answer: Answer = typer.prompt(question, default=default, value_proc=taken)
    return answer


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.lower() not in words:
            raise InputError([Fault(text[:40], f"expected {' or '.join(words)}")])
        return text.lower()

    return read
