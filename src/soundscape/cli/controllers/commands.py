"""`soundscape controllers`: which pedal gives which cue, and whether presses give cues now."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from json import dumps
from typing import Annotated, Any

import typer

from soundscape.cli.broken import no_session
from soundscape.cli.controllers.sidecar import (
    begin_controllers,
    facts_of,
    notes_of,
    start_controllers,
)
from soundscape.cli.options import JsonOption
from soundscape.cli.out import complain, print_json, say, tell_new
from soundscape.control.client import session_running
from soundscape.controllers.bindings import load_bindings, save_bindings
from soundscape.controllers.midi import Ear, RtMidi, learn
from soundscape.controllers.presses import Binding, Feet, Felt, as_text, device_of, feel, read_bound
from soundscape.core.errors import Fault, InputError, NoSession, SoundscapeError
from soundscape.home import Home
from soundscape.process.sidecars import CONTROLLERS, end, find
from soundscape.protocol import ControllerFacts
from soundscape.tui.keys import AGAIN_S, CueKeyed

WaitOption = Annotated[
    float, typer.Option(help="how many seconds to wait for a press", min=0.1, max=3600.0)
]


def hearing(trouble: str, devices: list[str], wait: float) -> None:
    """Say on what is listened, and how long. Raises `SoundscapeError` where there is no MIDI."""
    if trouble:
        raise SoundscapeError(trouble)
    on = ", ".join(devices) or "whatever is plugged in now (nothing is, yet)"
    complain(f"Listening for {wait:g} s on {on}.")


def named(binding: Binding) -> str:
    """A pedal in words."""
    channel = "any channel" if binding.channel is None else f"channel {binding.channel}"
    return f"{binding.kind} {binding.number} on {channel} of {binding.device or 'any device'}"


def as_data(binding: Binding) -> dict[str, Any]:
    """A pedal and its cue, for programs."""
    return {
        "device": binding.device,
        "channel": binding.channel,
        binding.kind: binding.number,
        "cue": as_text(binding.said),
        "lets_go": binding.lets_go,
    }


def add(
    words: Annotated[
        list[str], typer.Argument(metavar="CUE", help='a cue with its words, such as "soften 6"')
    ],
    wait: WaitOption = 30.0,
    json: JsonOption = False,
) -> None:
    """Let a MIDI pedal give a cue: press the one that is to give it, and let it go."""
    home = Home.find()
    bindings = load_bindings(home.bindings)
    said = read_bound(" ".join(words))
    if session_running(home.control):
        complain("note: a session is running; what is bound already gives its cue meanwhile")
    with closing(Ear()) as ear:
        hearing(ear.trouble, ear.devices, wait)
        complain(f"Press the pedal that is to say `{as_text(said)}`, and let it go.")
        learned = learn(ear, time.monotonic() + wait)
    if learned is None:
        raise SoundscapeError(f"nothing was pressed within {wait:g} s; nothing was bound")
    button = learned.button
    new = Binding(button.kind, button.number, said, button.device, button.channel, learned.lets_go)
    before = next((each for each in bindings.pedals if each.fits(button)), None)
    save_bindings(home.bindings, bindings.with_pedal(new))
    if session_running(home.control):
        begin_controllers(home, None)
    if json:
        old = as_text(before.said) if before else None
        print_json({**as_data(new), "before": old})
        return
    if not learned.lets_go:
        say("It does not tell that it was let go: each of its messages is a press.")
    instead = f", no longer `{as_text(before.said)}`" if before else ""
    say(f"{button} says `{as_text(said)}`{instead}.")


def list_pedals(json: JsonOption = False) -> None:
    """List which pedal gives which cue, and whether it is plugged in."""
    home = Home.find()
    bindings = load_bindings(home.bindings)
    trouble, names = "", []
    try:
        with closing(RtMidi()) as midi:
            names = [device_of(name) for name in midi.names()]
    except OSError as error:
        trouble = str(error)
    rows: list[Mapping[str, Any]] = []
    for number, each in enumerate(bindings.pedals, 1):
        here = each.device in names if each.device else bool(names)
        rows.append({"number": number, **as_data(each), "here": here})
    if json:
        found = {"guard_s": bindings.guard_s, "pedals": rows, "devices": names, "trouble": trouble}
        print_json({**found, "session": facts_of(home)})
        return
    if rows and session_running(home.control) and facts_of(home) is None:
        say("Nothing listens to them now; `soundscape controllers on` does.")
    for row, each in zip(rows, bindings.pedals, strict=True):
        away = "" if row["here"] else "  (not plugged in)"
        say(f"{row['number']:2}  {named(each):44}  {as_text(each.said)}{away}")
    if not rows:
        say("Nothing is bound. `soundscape controllers add soften` waits for a pedal to give it.")
    if trouble:
        say(f"note: {trouble}")


def show_presses(wait: WaitOption = 30.0, json: JsonOption = False) -> None:
    """Show each press and the cue it would give, without giving it. Refused during a session."""
    home = Home.find()
    bindings = load_bindings(home.bindings)
    if session_running(home.control):
        raise SoundscapeError(
            "a session is running, and what is pressed now gives its cue; test before it or after"
        )
    feet = Feet()
    with closing(Ear()) as ear:
        hearing(ear.trouble, ear.devices, wait)
        complain("Press; no cue is given. Ctrl-C ends it.")
        until = time.monotonic() + wait
        while (heard := ear.next(until)) is not None:
            now = time.monotonic()
            feet, felt = feel(feet, bindings.pedals, heard, now, bindings.guard_s)
            if felt is not None:
                say(dumps(_felt(felt), ensure_ascii=False) if json else _told(felt))


def _felt(felt: Felt) -> dict[str, Any]:
    said = felt.outcome if isinstance(felt.outcome, CueKeyed) else None
    why = felt.outcome if isinstance(felt.outcome, str) else "unbound"
    gives = as_text(said) if said else None
    return {"button": asdict(felt.button), "cue": gives, "why": "" if said else why}


def _told(felt: Felt) -> str:
    match felt.outcome:
        case CueKeyed():
            return f"{felt.button}: {as_text(felt.outcome)}"
        case "double":
            return f"{felt.button}: hit twice; counts once"
        case "asks":
            return f"{felt.button}: once more within {AGAIN_S:g} s"
        case None:
            return f"{felt.button}: not bound"


ALL = "all"


def rm(
    words: Annotated[
        list[str], typer.Argument(metavar="NUMBER", help="numbers of `controllers list`, or `all`")
    ],
    json: JsonOption = False,
) -> None:
    """Forget what pedals give: by their numbers in `controllers list`, or `all`."""
    home = Home.find()
    bindings = load_bindings(home.bindings)
    numbers = {str(number): each for number, each in enumerate(bindings.pedals, 1)}
    known = f"`controllers list` has {len(numbers)}" if numbers else "nothing is bound"
    faults = [
        Fault("rm", f"no pedal {word[:40]}", known)
        for word in words
        if word != ALL and word not in numbers
    ]
    if faults:
        raise InputError(faults)
    gone = tuple(each for number, each in numbers.items() if number in words or ALL in words)
    save_bindings(home.bindings, bindings.without(gone))
    if json:
        print_json([as_data(each) for each in gone])
        return
    for each in gone:
        say(f"{named(each)} no longer says `{as_text(each.said)}`.")


def on(json: JsonOption = False) -> None:
    """Let pedals, OSC and media keys give cues again, as the session and the settings have it."""
    home = Home.find()
    try:
        found = start_controllers(home)
    except NoSession as error:
        raise no_session(home, error) from None
    if json:
        print_json({"on": found is not None, **(found or {})})
        return
    if found is None:
        say("Nothing is bound, and nothing else is asked for in the settings.")
        return
    say(f"It listens: {found['pedals']['bound']} bound, {', '.join(_listens(found))}.")
    for note in notes_of(found):
        say(f"note: {note}")


def _listens(facts: ControllerFacts) -> list[str]:
    here = facts["pedals"]["here"]
    found = [" and ".join(here) if here else "no pedal plugged in"]
    found += ["OSC"] if "osc" in facts else []
    return found + (["media keys"] if "media_keys" in facts else [])


def off(json: JsonOption = False) -> None:
    """Let nothing but keys and commands give cues, until `controllers on`."""
    home = Home.find()
    found = find(home, CONTROLLERS)
    if found is not None:
        end(home, found)
    if json:
        print_json({"on": False, "was_on": found is not None})
    elif found is None:
        say("nothing was listened to")
    else:
        say("what is pressed gives no cue now; keys and commands do, and the session plays on")


_ALONE = ("list", "test", "on", "off")


def bind(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="CUE | list | test | remove NUMBER | on | off",
            help='a cue, with its words in quotes: "soften 6"; or what to do with what is bound',
        ),
    ],
    wait: WaitOption = 30.0,
    json: JsonOption = False,
) -> None:
    """Do what `controllers` does: list, test, remove, on, off, or (with a cue) add."""
    what, rest = words[0], words[1:]
    verb = {"remove": "rm"}.get(what, what if what in _ALONE else "add")
    tell_new(f"bind {what}" if verb != "add" else "bind", f"controllers {verb}")
    if what in _ALONE and rest:
        raise InputError([Fault(what, f"`{rest[0]}` is one word too many")])
    match verb:
        case "rm" if not rest:
            raise InputError([Fault("remove", "name what: a number of `bind list`, or `all`")])
        case "rm":
            rm(rest, json=json)
        case "list":
            list_pedals(json=json)
        case "test":
            show_presses(wait, json=json)
        case "on":
            on(json=json)
        case "off":
            off(json=json)
        case _:
            add(words, wait, json=json)
