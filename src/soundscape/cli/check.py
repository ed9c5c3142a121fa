"""`soundscape check`: whether a session can begin, and what to do if it cannot."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from soundscape.cli.arc.named import ArcArgument
from soundscape.cli.exclusions import (
    AvoidFileOption,
    AvoidOption,
    KeepFreshOption,
    SeriesOption,
    read_wishes,
)
from soundscape.cli.options import DeviceOption, JsonOption, LibraryOption
from soundscape.cli.out import console, print_json, say, with_progress
from soundscape.cli.prepare import Prepared, prepare
from soundscape.cli.settings import load_settings
from soundscape.clock import BootClock
from soundscape.control.client import session_running
from soundscape.core.errors import Fault, InputError
from soundscape.core.text import counted, shown
from soundscape.home import Home
from soundscape.library.arcs.load import load_arc
from soundscape.preflight.checks import check as look
from soundscape.preflight.files import Step
from soundscape.preflight.subject import Finding, Music, Subject, Verdict

SHOWN_OF_A_KIND = 5
REMINDER = (
    "Mute the notifications and alarms of this machine, and every phone. This program can neither "
    "see nor mute them."
)


def check(
    arc: ArcArgument,
    library: LibraryOption = None,
    seed: Annotated[int, typer.Option(help="seed of the plan that will be played", min=0)] = 0,
    device: DeviceOption = "",
    tone: Annotated[
        bool, typer.Option("--tone", help="play a soft tone through the speakers, for 15 seconds")
    ] = False,
    avoid: AvoidOption = None,
    avoid_file: AvoidFileOption = None,
    series: SeriesOption = "",
    keep_fresh: KeepFreshOption = 0,
    json: JsonOption = False,
) -> None:
    """Check whether a session of this arc can begin, and say what to do if it cannot (exit 1)."""
    wishes = read_wishes(avoid, avoid_file, series, keep_fresh)
    home = Home.find()
    settings = load_settings(home.settings)
    options = {
        "--seed": [str(seed)],
        "--library": [str(library)] if library else [],
        "--device": [device] if device else [],
        "--avoid": avoid or [],
        "--avoid-file": [str(avoid_file)] if avoid_file else [],
        "--series": [series] if series else [],
        "--keep-fresh": [str(keep_fresh)] if keep_fresh else [],
    }
    library = library or settings.library_folder
    device = device or settings.device

    def work(step: Step) -> tuple[Subject, Verdict]:
        asked = _asked(
            home, arc, device, tone, lambda: prepare(home, arc, library, seed, step, wishes)
        )
        return asked, look(asked, step)

    asked, verdict = with_progress(work)
    if json:
        print_json(_as_json(asked, verdict, seed))
    else:
        _print(console(), verdict)
        # A seed of its own would make another plan, with tracks nobody has looked at.
        words = [
            word for name, values in options.items() for each in values for word in (name, each)
        ]
        say(f"To play this plan: soundscape run {shown(shlex.join([str(arc), *words]))}")
    if not verdict.ready:
        raise typer.Exit(1)


def _asked(
    home: Home, arc_file: Path, device: str, tone: bool, music: Callable[[], Prepared]
) -> Subject:
    """Gather what is checked. An arc that cannot be read is bad input and raises `InputError`.
    Whatever the arc names and does not find is one of the findings."""
    arc = load_arc(arc_file)
    found: Music | None = None
    faults: Sequence[Fault] = ()
    try:
        ready = music()
        found = Music(ready.arc, ready.gathered, ready.plan)
    except InputError as error:
        faults = error.faults
    return Subject(
        arc_file=str(arc_file),
        arc=arc,
        home=home,
        clock=BootClock(),
        music=found,
        faults=tuple(faults),
        playing=session_running(home.control),
        device=device,
        tone=tone,
    )


def _as_json(asked: Subject, verdict: Verdict, seed: int) -> dict[str, Any]:
    return {
        "ready": verdict.ready,
        "arc": asked.arc.name,
        "seed": seed,
        "findings": [asdict(finding) for finding in verdict.findings],
        "checked": [
            {"check": looked.check, "result": looked.result, "said": looked.said}
            for looked in verdict.looked
        ],
    }


def _print(out: Console, verdict: Verdict) -> None:
    stops = [finding for finding in verdict.findings if finding.severity == "stop"]
    notes = [finding for finding in verdict.findings if finding.severity == "warning"]
    head = "READY" if verdict.ready else f"NOT READY: {counted(len(stops), 'thing')} to do"
    out.print(Text(head, "bold green" if verdict.ready else "bold red"))
    _print_findings(out, "", stops)
    _print_findings(out, "Good to know", notes)
    out.print()
    out.print(Text("Checked", "bold"))
    marks = {"ok": "\u2713", "warning": "!", "stop": "\u2717", "skipped": "-"}
    if not out.encoding.startswith("utf"):
        marks |= {"ok": "+", "stop": "x"}
    table = Table.grid(padding=(0, 1))
    for looked in verdict.looked:
        table.add_row(marks[looked.result], Text(looked.check), Text(shown(looked.said)))
    out.print(table)
    out.print()
    out.print(Text(REMINDER, "dim"))


def _print_findings(out: Console, head: str, findings: Sequence[Finding]) -> None:
    """Findings of one severity; of those that are alike only the first few."""
    if head and findings:
        out.print()
        out.print(Text(head, "bold"))
    alike: dict[str, list[Finding]] = {}
    for finding in findings:
        alike.setdefault(finding.kind, []).append(finding)
    for each in alike.values():
        out.print()
        for finding in each[:SHOWN_OF_A_KIND]:
            out.print(Text(f"  {shown(finding.what)}"))
            if finding.where and finding.where not in finding.what + finding.do:
                out.print(Text(f"    {shown(finding.where)}", "dim"), soft_wrap=True)
            # Not wrapped by us: a command has to stay one line to be copied.
            out.print(Text(f"    > {shown(finding.do)}"), soft_wrap=True)
        if len(each) > SHOWN_OF_A_KIND:
            more = len(each) - SHOWN_OF_A_KIND
            out.print(Text(f"  and {more} more like these; --json lists all of them"))
