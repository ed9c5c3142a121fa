"""`soundscape remote`: the page on a phone, who is paired, and turning it off."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from soundscape.cli.broken import no_session
from soundscape.cli.options import JsonOption
from soundscape.cli.out import print_json, say
from soundscape.cli.remote.page import as_facts, link_of, open_page, spaced, tell_link
from soundscape.control.address import read_control
from soundscape.core.errors import Fault, InputError, NoSession, nearest
from soundscape.extras import need
from soundscape.home import Home
from soundscape.process.sidecars import PAGE, end, find
from soundscape.protocol import ListenOn
from soundscape.webremote.pairing import Devices, file_of
from soundscape.webremote.starting import ask


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
    _check(lan, address, port)
    need("remote", "`remote on`")
    home = Home.find()
    try:
        page, ticket = open_page(home, ListenOn(0, lan, address, port or 0), keep=keep)
    except NoSession as error:
        raise no_session(home, error) from None
    if json:
        opened = {"code": ticket["code"], "secret": ticket["secret"], "keep": keep}
        opened |= {"code_for_s": round(ticket["for_s"]), "link": link_of(page, ticket)}
        print_json({**as_facts(page), **opened})
    else:
        tell_link(page, ticket)


def off(json: JsonOption = False) -> None:
    """Serve it no more. The session plays on; its devices stay paired."""
    home = Home.find()
    page = find(home, PAGE)
    if page is not None:
        end(home, page)
    if json:
        print_json({"on": False, "was_on": page is not None})
    else:
        say("the page was not on" if page is None else "the page is off; the session plays on")


def _check(lan: bool, address: str, port: int | None) -> None:
    """Raises `InputError` for words that cannot go together, or are no address."""
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


def show(json: JsonOption = False) -> None:
    """Whether it is served, where, to how many, and whether somebody guessed at codes."""
    page = find(Home.find(), PAGE)
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


def list_devices(json: JsonOption = False) -> None:
    """List the devices that are paired."""
    found = paired(Home.find()).all
    if json:
        print_json([each.as_fact() for each in found])
        return
    for each in found:
        until = "until revoked" if not each.session else "for this session"
        say(f"{each.id}  {each.kind:<8} paired {each.paired[:16].replace('T', ' ')}, {until}")
    if not found:
        say("no device is paired; `soundscape remote on` pairs one")


def paired(home: Home) -> Devices:
    """The devices of this home, as far as they are good now."""
    try:
        session = read_control(home.control).session
    except NoSession:
        session = ""
    return Devices(file_of(home), session)


def rm(
    names: Annotated[
        list[str] | None, typer.Argument(help="devices, as `remote list` has them")
    ] = None,
    all_of_them: Annotated[bool, typer.Option("--all", help="every device")] = False,
    json: JsonOption = False,
) -> None:
    """Let a device in no more, from this moment: a page that is open there goes dark too."""
    home = Home.find()
    listed = paired(home)
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
        raise InputError(faults, "`soundscape remote list` lists them")
    page = find(home, PAGE)
    for name in wanted:
        if page is not None:
            ask(page, "revoke", {"device": name})
        else:
            listed.revoke(name)
    if json:
        print_json({"revoked": wanted})
    else:
        say(f"revoked: {', '.join(wanted)}" if wanted else "no device was paired")
