"""`soundscape log show`: a session told again."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from soundscape.cli.log.story import check_person, moment_asked, story_of
from soundscape.cli.options import CodeArgument, JsonOption
from soundscape.cli.out import console, print_json
from soundscape.journal.moment import AROUND_S, moment, window
from soundscape.journal.share import of_person
from soundscape.journal.timeline import moment_shown, timeline


def show(
    code: CodeArgument = "",
    at: Annotated[
        str, typer.Option("--at", metavar="H:MM:SS", help="only this moment, and what lies around")
    ] = "",
    around: Annotated[
        int | None, typer.Option("--around", metavar="MARK", help="only around a mark")
    ] = None,
    person: Annotated[
        str, typer.Option("--person", help="only this person's marks and cues: a letter")
    ] = "",
    json: JsonOption = False,
) -> None:
    """Tell a session as a timeline: phases, tracks, cues and marks in place."""
    story = story_of(code)
    if person:
        story = of_person(story, check_person(story, person))
    at_s = moment_asked(story, at, around)
    then = None if at_s is None else moment(story, at_s)
    if then is not None:
        story = window(story, then.at_s - AROUND_S, then.at_s + AROUND_S)
    if json:
        print_json(story.as_json() | ({} if then is None else {"moment": asdict(then)}))
        return
    if then is not None:
        console().print(moment_shown(then))
    console().print(timeline(story))
