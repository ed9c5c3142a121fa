"""`soundscape remote on` and `off`: the page served, and served no more."""

from __future__ import annotations

import ipaddress
from typing import Annotated

import typer

from soundscape.cli.broken import no_session
from soundscape.cli.options import JsonOption
from soundscape.cli.out import print_json, say
from soundscape.cli.remote.page import as_facts, link_of, open_page, tell_link
from soundscape.core.errors import Fault, InputError, NoSession
from soundscape.extras import need
from soundscape.home import Home
from soundscape.process.sidecars import end, find
from soundscape.protocol import ListenOn
from soundscape.webremote.starting import KIND


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
        opened = {name: ticket[name] for name in ("code", "secret", "keep")}
        opened |= {"code_for_s": round(ticket["for_s"]), "link": link_of(page, ticket)}
        print_json({**as_facts(page), **opened})
    else:
        tell_link(page, ticket)


def off(json: JsonOption = False) -> None:
    """Serve it no more. The session plays on; its devices stay paired."""
    home = Home.find()
    page = find(home, KIND)
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
