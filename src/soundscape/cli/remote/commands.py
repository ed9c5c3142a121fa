"""`soundscape remote`: the page on a phone, who is paired with it, and turning it off."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from soundscape.home import Home
    from soundscape.process.sidecars import Found
    from soundscape.webremote.devices import Devices
    from soundscape.webremote.starting import Wanted

remote = typer.Typer(
    help="The page with the cues, for a browser here or a phone.", no_args_is_help=True
)

RemoteOption = Annotated[
    bool, typer.Option("--remote", help="serve the page with the cues, to this computer alone")
]
RemoteLanOption = Annotated[
    bool, typer.Option("--remote-lan", help="serve it on the network too, encrypted (TLS)")
]
JsonOption = Annotated[bool, typer.Option("--json", help="for programs")]


@remote.command()
def on(
    lan: Annotated[
        bool, typer.Option("--lan", help="listen on the network too, encrypted (TLS)")
    ] = False,
    address: Annotated[
        str, typer.Option(help="with --lan: at this address of this computer alone")
    ] = "",
    port: Annotated[int | None, typer.Option(help="with --lan: the port", min=1, max=65535)] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="the device stays paired for later sessions")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Serve the page beside the session that runs, and pair one device with it."""
    from soundscape.cli.broken import no_session
    from soundscape.cli.out import print_json
    from soundscape.core.errors import NoSession
    from soundscape.extras import need
    from soundscape.home import Home
    from soundscape.webremote.starting import Wanted

    _check(lan, address, port)
    need("remote", "`remote on`")
    home = Home.find()
    try:
        page, ticket = open_page(home, Wanted(0, lan, address, port or 0), keep=keep)
    except NoSession as error:
        raise no_session(home, error) from None
    if json:
        opened = {name: ticket[name] for name in ("code", "secret", "keep")}
        opened |= {"code_for_s": round(ticket["for_s"]), "link": _link(page, ticket)}
        print_json({**as_facts(page), **opened})
    else:
        tell_link(page, ticket)


@remote.command()
def off(json: JsonOption = False) -> None:
    """Serve it no more. The session plays on; its devices stay paired."""
    from soundscape.cli.out import print_json, say
    from soundscape.home import Home
    from soundscape.process.sidecars import end, find
    from soundscape.webremote.starting import KIND

    home = Home.find()
    page = find(home, KIND)
    if page is not None:
        end(home, page)
    if json:
        print_json({"on": False, "was_on": page is not None})
    else:
        say("the page was not on" if page is None else "the page is off; the session plays on")


@remote.command()
def status(json: JsonOption = False) -> None:
    """Whether it is served, where, to how many, and whether somebody guessed at codes."""
    from soundscape.cli.out import print_json, say
    from soundscape.home import Home
    from soundscape.process.sidecars import find
    from soundscape.webremote.starting import KIND

    page = find(Home.find(), KIND)
    facts = as_facts(page)
    if json:
        print_json(facts)
    elif page is None:
        say("the page is off; `soundscape remote on` serves it")
    else:
        for line in _told(facts):
            say(line)


@remote.command()
def devices(json: JsonOption = False) -> None:
    """List the devices that are paired."""
    from soundscape.cli.out import print_json, say
    from soundscape.home import Home

    found = _devices(Home.find()).all
    if json:
        print_json([each.as_fact() for each in found])
        return
    for each in found:
        until = "until revoked" if not each.session else "for this session"
        say(f"{each.id}  {each.kind:<8} paired {each.paired[:16].replace('T', ' ')}, {until}")
    if not found:
        say("no device is paired; `soundscape remote on` pairs one")


@remote.command()
def revoke(
    names: Annotated[list[str] | None, typer.Argument(help="devices, as `devices` lists")] = None,
    all_of_them: Annotated[bool, typer.Option("--all", help="every device")] = False,
    json: JsonOption = False,
) -> None:
    """Let a device in no more, from this moment: a page that is open there goes dark too."""
    from soundscape.cli.out import print_json, say
    from soundscape.core.errors import Fault, InputError, nearest
    from soundscape.home import Home
    from soundscape.process.sidecars import find
    from soundscape.webremote.owner import ask
    from soundscape.webremote.starting import KIND

    home = Home.find()
    listed = _devices(home)
    known = [each.id for each in listed.all]
    wanted = known if all_of_them else names or []
    faults = []
    if all_of_them and names:
        faults.append(Fault("--all", "cannot go with names", "leave one out"))
    if not wanted and not all_of_them:
        faults.append(Fault("DEVICE", "is missing", "name one, or say --all"))
    unknown = [name for name in wanted if name not in known]
    faults += [Fault(name, "no such device is paired", nearest(name, known)) for name in unknown]
    if faults:
        raise InputError(faults, "`soundscape remote devices` lists them")
    page = find(home, KIND)
    for name in wanted:
        if page is not None:
            ask(page, "revoke", {"device": name})
        else:
            listed.revoke(name)
    if json:
        print_json({"revoked": wanted})
    else:
        say(f"revoked: {', '.join(wanted)}" if wanted else "no device was paired")


def page_wanted(here: bool, lan: bool) -> Wanted | None:
    """The page that a session's options ask for; None for none. Raises `SoundscapeError` where it
    is not installed."""
    from soundscape.extras import need
    from soundscape.webremote.starting import Wanted

    if not (here or lan):
        return None
    need("remote", "--remote-lan" if lan else "--remote")
    return Wanted(lan=lan)


def _check(lan: bool, address: str, port: int | None) -> None:
    """Raises `InputError` for words that cannot go together, or are no address."""
    import ipaddress

    from soundscape.core.errors import Fault, InputError

    faults = []
    if not lan:
        said = {"--address": bool(address), "--port": port is not None}
        faults = [Fault(name, "only goes with --lan", "add --lan") for name in said if said[name]]
    if address:
        try:
            ipaddress.IPv4Address(address)
        except ValueError:
            faults.append(Fault("--address", f"expected an IPv4 address, not `{address}`"))
    if faults:
        raise InputError(faults)


def open_page(home: Home, wanted: Wanted, *, keep: bool) -> tuple[Found, dict[str, Any]]:
    """The page, started where it is not, and what pairs one more device with it: `secret`, `code`
    and for how long, `for_s`. Raises `SoundscapeError`."""
    from soundscape.process.sidecars import find
    from soundscape.webremote.owner import ask
    from soundscape.webremote.starting import KIND, turn_on

    page = turn_on(home, wanted)
    ticket = {**ask(page, "open", {"keep": keep}), "keep": keep}
    return find(home, KIND) or page, ticket  # As it is now: it may have been on for hours.


def serve_beside(home: Home, wanted: Wanted, *, told: bool) -> None:
    """Serve the page beside a session that has just begun. Where that fails it is said, and the
    session plays on. A link is only printed where a person reads it (`told`), not into a log."""
    from contextlib import closing

    from soundscape.cli.out import complain, say
    from soundscape.control.address import read_control
    from soundscape.control.client import Client
    from soundscape.core.errors import SoundscapeError
    from soundscape.tui.follow import once_it_sounds
    from soundscape.webremote.starting import turn_on

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


def as_facts(page: Found | None) -> dict[str, Any]:
    """What is told of a page, for programs."""
    if page is None:
        return {"on": False}
    facts = page.facts
    left_s = max(0.0, float(facts.get("code_until", 0.0)) - time.time())
    return {
        "on": True,
        "session": page.session,
        "address": facts["address"],
        "here": facts["here"],
        "lan": facts["lan"],
        "code": facts.get("code") or None,
        "code_for_s": round(left_s) if facts.get("code") else None,
        "devices": facts.get("devices", 0),
        "pages": facts.get("pages", 0),
        "wrong_codes": facts.get("wrong_codes", 0),
        "last_wrong_from": facts.get("last_wrong_from") or None,
        "pid": page.pid,
    }


def tell_link(page: Found, ticket: Mapping[str, Any]) -> None:
    """Print the link that pairs one device, and its digits."""
    from soundscape.cli.out import say

    address, lan = page.facts["address"], page.facts["lan"]
    say(f"The page is on. For one device, within {round(ticket['for_s'] / 60)} minutes:")
    if lan and sys.stdout.isatty():
        draw_code(_link(page, ticket))
    say(f"  {_link(page, ticket)}")
    say(f"or type {_spaced(ticket['code'])} at {address} (`soundscape remote on` pairs the next).")
    if lan:
        say("The browser will not know the certificate; its SHA-256 fingerprint must be")
        say(f"  {lan['fingerprint']}")


def draw_code(link: str) -> None:
    """A link as a QR code in the terminal."""
    import segno

    segno.make(link, micro=False).terminal(sys.stdout, compact=True, border=2)


def _link(page: Found, ticket: Mapping[str, Any]) -> str:
    return f"{page.facts['address']}#{ticket['secret']}"


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
        lines.append(f"code {_spaced(facts['code'])} pairs one more, for {minutes} min")
    if facts["wrong_codes"]:
        lines.append(f"wrong codes: {facts['wrong_codes']}, last from {facts['last_wrong_from']}")
    return lines


def _spaced(code: str) -> str:
    return f"{code[:3]} {code[3:]}"


def _devices(home: Home) -> Devices:
    """The devices of this home, as far as they are good now."""
    from soundscape.control.address import read_control
    from soundscape.core.errors import NoSession
    from soundscape.webremote.devices import Devices, file_of

    try:
        session = read_control(home.control).session
    except NoSession:
        session = ""
    return Devices(file_of(home), session)
