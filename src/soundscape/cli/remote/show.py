"""`soundscape remote show`: whether the page is served, and to whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from soundscape.cli.options import JsonOption
from soundscape.cli.out import print_json, say
from soundscape.cli.remote.page import as_facts, spaced
from soundscape.home import Home
from soundscape.process.sidecars import find
from soundscape.webremote.starting import KIND


def show(json: JsonOption = False) -> None:
    """Whether it is served, where, to how many, and whether somebody guessed at codes."""
    page = find(Home.find(), KIND)
    facts = as_facts(page)
    if json:
        print_json(facts)
    elif page is None:
        say("the page is off; `soundscape remote on` serves it")
    else:
        for line in _told(facts):
            say(line)


def _told(facts: Mapping[str, Any]) -> list[str]:
    """The page's state in lines."""
    lines = [f"the page is on at {facts['here']}, for this computer alone"]
    if facts["lan"]:
        lines = [f"the page is on at {facts['here']} and, on the network, at"]
        nowhere = "nowhere now: this machine has no address; it answers as soon as it has one"
        lines += [f"  {each}" for each in facts["lan"]["addresses"] or (nowhere,)]
        lines += ["with the certificate whose SHA-256 is", f"  {facts['lan']['fingerprint']}"]
    count = facts["devices"]
    paired = "1 device is" if count == 1 else f"{count or 'no'} devices are"
    lines.append(f"{paired} paired; {facts['pages']} open now")
    if facts["code"]:
        minutes = max(1, round(facts["code_for_s"] / 60))
        lines.append(f"code {spaced(facts['code'])} pairs one more, for {minutes} min")
    if facts["wrong_codes"]:
        lines.append(f"wrong codes: {facts['wrong_codes']}, last from {facts['last_wrong_from']}")
    return lines
