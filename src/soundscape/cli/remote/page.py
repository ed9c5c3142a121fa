"""The page with the cues, as the commands that serve it see it."""

from __future__ import annotations

import sys
import time
from contextlib import closing
from typing import Annotated, Any, cast

import typer

from soundscape.cli.out import complain, say
from soundscape.control.address import read_control
from soundscape.control.client import Client
from soundscape.core.errors import SoundscapeError
from soundscape.extras import need
from soundscape.home import Home
from soundscape.process.sidecars import PAGE, find
from soundscape.protocol import ListenOn, PageFacts, PairingTicket, Sidecar
from soundscape.tui.follow import once_it_sounds
from soundscape.webremote.starting import ask, turn_on

RemoteOption = Annotated[
    bool, typer.Option("--remote", help="serve the page with the cues, to this computer alone")
]


RemoteLanOption = Annotated[
    bool, typer.Option("--remote-lan", help="serve it on the network too, encrypted (TLS)")
]


def page_wanted(here: bool, lan: bool) -> ListenOn | None:
    """The page that a session's options ask for; None for none. Raises `SoundscapeError` where it
    is not installed."""
    if not (here or lan):
        return None
    need("remote", "--remote-lan" if lan else "--remote")
    return ListenOn(lan=lan)


def open_page(home: Home, wanted: ListenOn, *, keep: bool) -> tuple[Sidecar, PairingTicket]:
    """The page, started where it is not, and what pairs one more device with it. Raises
    `SoundscapeError`."""
    page = turn_on(home, wanted)
    ticket = cast("PairingTicket", ask(page, "open", {"keep": keep}))
    return find(home, PAGE) or page, ticket  # As it is now: it may have been on for hours.


def serve_beside(home: Home, wanted: ListenOn, *, told: bool) -> None:
    """Serve the page beside a session that has just begun. Where that fails it is said, and the
    session plays on. A link is only printed where a person reads it (`told`), not into a log."""
    try:
        with closing(Client(read_control(home.control))) as client:
            once_it_sounds(client)
        if told:
            tell_link(*open_page(home, wanted, keep=False))
        else:
            turn_on(home, wanted)
            say("the page is on; `soundscape remote on` gives the link to it")
    except SoundscapeError as error:
        complain(
            f"note: the page is not on ({error}); the session plays on, and `soundscape remote on` "
            "tries again"
        )


def as_facts(page: Sidecar | None) -> dict[str, Any]:
    """What is told of a page, for programs."""
    if page is None:
        return {"on": False}
    facts = cast("PageFacts", page.facts)
    left_s = max(0.0, facts["code_until"] - time.time())
    return {
        "on": True,
        "session": page.session,
        "address": facts["address"],
        "here": facts["here"],
        "lan": facts["lan"],
        "code": facts["code"] or None,
        "code_for_s": round(left_s) if facts["code"] else None,
        "devices": facts["devices"],
        "pages": facts["pages"],
        "wrong_codes": facts["wrong_codes"],
        "last_wrong_from": facts["last_wrong_from"] or None,
        "pid": page.pid,
    }


def tell_link(page: Sidecar, ticket: PairingTicket) -> None:
    """Print the link that pairs one device, and its digits."""
    address, lan = page.facts["address"], page.facts["lan"]
    say(f"The page is on. For one device, within {round(ticket['for_s'] / 60)} minutes:")
    if lan and sys.stdout.isatty():
        draw_code(link_of(page, ticket))
    say(f"  {link_of(page, ticket)}")
    say(f"or type {spaced(ticket['code'])} at {address} (`soundscape remote on` pairs the next).")
    if lan:
        say("The browser will not know the certificate; its SHA-256 fingerprint must be")
        say(f"  {lan['fingerprint']}")


def draw_code(link: str) -> None:
    """A link as a QR code in the terminal."""
    import segno  # Only somebody who serves the network sees one.

    segno.make(link, micro=False).terminal(sys.stdout, compact=True, border=2)


def link_of(page: Sidecar, ticket: PairingTicket) -> str:
    return f"{page.facts['address']}#{ticket['secret']}"


def spaced(code: str) -> str:
    return f"{code[:3]} {code[3:]}"
