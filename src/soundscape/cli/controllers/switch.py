"""`soundscape controllers on` and `off`: whether what is pressed gives cues now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from soundscape.cli.broken import no_session
from soundscape.cli.controllers.companion import notes_of, start_hands
from soundscape.cli.options import JsonOption
from soundscape.cli.out import print_json, say
from soundscape.controllers.wanted import KIND
from soundscape.core.errors import NoSession
from soundscape.home import Home
from soundscape.process.sidecars import end, find


def on(json: JsonOption = False) -> None:
    """Let pedals, OSC and media keys give cues again, as the session and the settings have it."""
    home = Home.find()
    try:
        found = start_hands(home)
    except NoSession as error:
        raise no_session(home, error) from None
    facts = {} if found is None else dict(found.facts)
    if json:
        print_json({"on": found is not None, **facts})
        return
    if found is None:
        say("Nothing is bound, and nothing else is asked for in the settings.")
        return
    say(f"It listens: {facts['pedals']['bound']} bound, {', '.join(_listens(facts))}.")
    for note in notes_of(facts):
        say(f"note: {note}")


def _listens(facts: Mapping[str, Any]) -> list[str]:
    here = facts["pedals"]["here"]
    found = [" and ".join(here) if here else "no pedal plugged in"]
    found += ["OSC"] if "osc" in facts else []
    return found + (["media keys"] if "media_keys" in facts else [])


def off(json: JsonOption = False) -> None:
    """Let nothing but keys and commands give cues, until `controllers on`."""
    home = Home.find()
    found = find(home, KIND)
    if found is not None:
        end(home, found)
    if json:
        print_json({"on": False, "was_on": found is not None})
    elif found is None:
        say("nothing was listened to")
    else:
        say("what is pressed gives no cue now; keys and commands do, and the session plays on")
