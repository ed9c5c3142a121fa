"""`soundscape log note` and `consent`: what people say of a session afterwards."""

from __future__ import annotations

from typing import Annotated

import typer

from soundscape.cli.log.story import check_person, not_running, story_of
from soundscape.cli.options import JsonOption, offering
from soundscape.cli.out import print_json, say
from soundscape.cli.passphrase import unlock
from soundscape.clock import BootClock
from soundscape.core.errors import Fault, InputError
from soundscape.core.text import clock, wall_minute
from soundscape.home import Home
from soundscape.journal.notes import Remark, add_remark
from soundscape.journal.reader import find_session
from soundscape.journal.share import ConsentGiven, agreed, read_consent, record_consent
from soundscape.library.units import parse_time

Code = Annotated[
    str, typer.Argument(help="the session's code", autocompletion=offering("sessions"))
]


def note(
    code: Code,
    words: Annotated[list[str], typer.Argument(metavar="WORDS", help="what is to be kept")],
    at: Annotated[
        str, typer.Option("--at", metavar="H:MM:SS", help="the moment it is about, from the start")
    ] = "",
    person: Annotated[str, typer.Option("--person", help="whose it is: a letter")] = "",
) -> None:
    """Keep words about a session, or about a moment of it. They lie in `notes.json`, beside the
    journal and never in it."""
    folder = find_session(Home.find().sessions, code)
    not_running(folder, "while it runs, `soundscape mark` keeps words")
    story = story_of(code)
    faults = []
    at_s = None
    text = " ".join(words).strip()
    if not text:
        faults.append(Fault("WORDS", "nothing is said"))
    try:
        at_s = parse_time(at) if at else None
    except ValueError as error:
        faults.append(Fault("--at", str(error)))
    if at_s is not None and story.length_s is not None and at_s > story.length_s:
        faults.append(Fault("--at", f"the session is {clock(story.length_s)} long"))
    try:
        letter = check_person(story, person) if person else ""
    except InputError as error:
        faults += error.faults
    if faults:
        raise InputError(faults)
    add_remark(folder, Remark(text, _now(), at_s, letter))
    whose = f" of {letter}" if letter else ""
    where = "" if at_s is None else f" at {clock(at_s)}"
    say(f"kept with the notes of {folder.name}: words{whose}{where}")


def consent(
    code: Code,
    person: Annotated[str, typer.Argument(help="a letter; without one the record is shown")] = "",
    says: Annotated[str, typer.Argument(metavar="[yes|no]", help="what was said")] = "",
    json: JsonOption = False,
) -> None:
    """Record whether a person agrees that their own moments leave this machine in an export; or
    show what is on record. The last word counts."""
    folder = find_session(Home.find().sessions, code)
    unlock(folder)
    if person:
        letter = check_person(story_of(code), person)
        word = says.strip().casefold()
        if word == "yes":
            record_consent(folder, ConsentGiven(letter, "yes", _now()))
        elif word == "no":
            record_consent(folder, ConsentGiven(letter, "no", _now()))
        else:
            hint = f"soundscape log consent {folder.name} {letter} yes"
            raise InputError([Fault(says[:20] or "[yes|no]", "expected yes or no", f"`{hint}`")])
    record = read_consent(folder)
    if json:
        rows = [{"person": each.person, "says": each.says, "at": each.wall} for each in record]
        print_json({"session": folder.name, "agreed": sorted(agreed(record)), "record": rows})
        return
    if not record:
        say(f"{folder.name}: nobody's word is on record; nothing of a person leaves in an export")
    for each in record:
        say(f"{folder.name}: {each.person} said {each.says} on {wall_minute(each.wall)}")


def _now() -> str:
    return BootClock().wall().isoformat(timespec="seconds")
