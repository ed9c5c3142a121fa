"""The page on the network: only where it is asked for, encrypted, with a certificate of its own."""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import socket
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import ifaddr
import pytest
from house import PATIENCE_S, SCRIPT, House, house_in, until
from page_visitor import Visitor, page_of, paired, ticket_of

from soundscape.home import Home
from soundscape.process.sidecars import find
from soundscape.webremote.certificate import certificate
from soundscape.webremote.network import addresses, hosts_at
from soundscape.webremote.starting import LAN_PORT


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, stock: Path) -> Iterator[House]:
    """A session whose page is served on a network: this machine's loopback, for the test."""
    with house_in(tmp_path_factory.mktemp("lan"), stock) as made:
        made.play(speed=1)
        made.json("remote", "on")
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        made.json("remote", "on", "--lan", "--address", "127.0.0.1", "--port", str(port))
        yield made


def lan(house: House) -> Visitor:
    """Somebody on the network who is not paired."""
    address = page_of(house).facts["lan"]["addresses"][0]
    host, port = address.removeprefix("https://").rstrip("/").split(":")
    return Visitor(host, int(port), secure=True)


@pytest.mark.slow
def test_it_speaks_tls_alone(served: House) -> None:
    """Whoever speaks plainly is told nothing; what is shown as the fingerprint is that of the
    certificate a browser gets; the key is its owner's alone."""
    one = lan(served)
    with closing(http.client.HTTPConnection(one.host, one.port, timeout=5)) as plainly:
        plainly.request("GET", "/")
        with pytest.raises((http.client.HTTPException, OSError)):
            plainly.getresponse()
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    line = socket.create_connection((one.host, one.port))
    with trusting.wrap_socket(line) as secured:
        shown = secured.getpeercert(binary_form=True) or b""
        assert secured.version() in ("TLSv1.2", "TLSv1.3")
    digest = hashlib.sha256(shown).digest()
    told = served.json("remote", "show")["lan"]["fingerprint"]
    assert told == digest.hex(":").upper()
    assert told in served.call("remote", "show").stdout
    for name in ("key.pem", "certificate.pem", "devices.json"):
        path = served.root / "remote" / name
        assert not path.exists() or stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.slow
def test_who_may_is_the_same(served: House) -> None:
    """Nobody without pairing; only by this machine's own address and from its own page; by six
    digits, in a cookie that only goes over TLS. What is its owner's is not there at all."""
    one = lan(served)
    for method, path in (("GET", "me"), ("GET", "events"), ("POST", "cue/soften")):
        assert one.ask(method, path, {"args": {}}).status == 401
    assert one.ask("GET", "", Host="example.org:443").status == 403
    assert one.ask("GET", "me", Origin=one.origin.replace("https", "http")).status == 403
    word = f"Bearer {page_of(served).facts['owner']}"
    assert one.ask("POST", "/owner/open", {"keep": True}, Authorization=word).status == 404
    ticket = ticket_of(served)
    told = one.pair(code=ticket["code"])
    assert told.status == 200
    flags = {each.strip().lower() for each in told.headers["set-cookie"].split(";")}
    assert {"secure", "httponly", "samesite=strict", "path=/"} <= flags
    assert told.headers["set-cookie"].startswith("__Host-")
    assert one.ask("POST", "cue/mark", {"args": {}}).json["ok"]


@pytest.mark.slow
def test_a_kept_device_and_the_certificate_outlive_the_page(served: House) -> None:
    """Off and on again: the same certificate, so that nobody has to trust another one, the same
    port, and a device that is kept is still paired, and listed as kept."""
    one = lan(served)
    ticket = ticket_of(served, keep=True)
    told = one.pair(secret=ticket["secret"])
    assert "max-age=34560000" in told.headers["set-cookie"].lower()
    before = served.json("remote", "show")["lan"]
    served.json("remote", "off")
    served.json("remote", "on", "--lan", "--address", "127.0.0.1", "--port", str(one.port))
    assert served.json("remote", "show")["lan"] == before
    name = one.ask("GET", "me").json["device"]
    kept = {each["device"]: each["kept"] for each in served.json("remote", "list")}
    assert kept[name]
    assert paired(served).ask("GET", "me").status == 200, "on loopback it is served as well"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "faults"),
    [
        (("--address", "127.0.0.1"), ["--address: only goes with --lan"]),
        (("--lan", "--address", "nowhere"), ["--address: expected an IPv4 address"]),
        (("--port", "1", "--address", "x"), ["--port: only", "--address: only", "not `x`"]),
    ],
)
def test_bad_words_are_listed(house: House, words: tuple[str, ...], faults: list[str]) -> None:
    """Each fault at once, exit 2, and nothing is served."""
    done = house.call("remote", "on", *words)
    assert done.returncode == 2
    assert all(fault in done.stderr for fault in faults)
    assert house.json("remote", "show") == {"on": False}


@pytest.mark.slow
def test_without_a_session_there_is_no_page(house: House) -> None:
    """It says so and what to do; with no page there is nobody to list."""
    done = house.call("remote", "on")
    assert done.returncode == 1
    assert "no session is running" in done.stderr
    assert house.json("remote", "list") == []
    assert house.call("remote", "rm").returncode == 2


@pytest.mark.slow
def test_a_log_is_told_no_secret(house: House) -> None:
    """What a service manager starts writes into a log: it says that the page is on, and no link."""
    words = ("run", house.arc, "--out", "null", "--speed", "20", "--seed", "1", "--foreground")
    running = house.start(*words, "--remote")
    until(lambda: find(house.home, "page"), "for the page")
    house.end_now()
    said, _ = running.communicate(timeout=PATIENCE_S)
    assert "the page is on; `soundscape remote on` gives the link" in said
    assert "#" not in said


def test_a_certificate_is_made_once(tmp_path: Path) -> None:
    """And again where it, or its key, is not what it was."""
    home = Home(tmp_path, tmp_path, tmp_path / "run")
    first = certificate(home, ("192.0.2.1", "room.local"))
    assert certificate(home, ("192.0.2.7",)) == first
    first.key.write_text("no key", "ascii")
    second = certificate(home, ("192.0.2.1",))
    assert second.fingerprint != first.fingerprint
    assert certificate(home, ()) == second


@pytest.mark.slow
@pytest.mark.skipif(
    not hasattr(os, "geteuid")
    or os.geteuid() != 0
    or not all(map(shutil.which, ("unshare", "ip"))),
    reason="networks of its own take root",
)
def test_it_answers_where_it_is_asked(house: House) -> None:
    """At each address that a request came in on, whatever has come, gone or changed since the page
    was turned on, and by no other name or address; what is told and linked is where it is now."""
    script = Path(__file__).with_name("network_inside.py")
    words = [str(each) for each in (sys.executable, script, SCRIPT, house.arc)]
    done = subprocess.run(
        ["unshare", "--net", *words],
        env=house.env,
        capture_output=True,
        text=True,
        timeout=3 * PATIENCE_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [
        f"begun 200 10.1.0.5:{LAN_PORT}/",
        "a VPN 200 200",
        "no uplink 200",
        "another address 200 True",
        "IPv6 200",
        "rebound 403 403",
        "nowhere True",
    ]


def test_a_refusal_is_a_page_in_words(served: House) -> None:
    """Whoever opens an address that is not for them reads why, and where to look; a program reads
    JSON. Nothing else of the session stands there."""
    one = lan(served)
    for path, host, status, why in (
        ("", "example.org", 403, "This page answers only at its own address."),
        ("me", "", 401, "This device is not paired."),
        ("nothing", "", 404, "There is no such page."),
    ):
        headers = {"Host": host} if host else {}
        told = one.ask("GET", path, Accept="text/html,*/*;q=0.8", **headers)
        assert (told.status, told.headers["content-type"]) == (status, "text/html; charset=utf-8")
        assert f"<p>{why}</p>" in told.content.decode()
        assert b"soundscape remote show" in told.content
        assert b"127.0.0.1" not in told.content
        assert "default-src 'none'" in told.headers["content-security-policy"]
    assert one.ask("GET", "", Host="example.org").json["error"].startswith("this page answers only")


def test_this_machine_is_known_by_its_own_addresses() -> None:
    """Never by loopback, and where one address is named by no other."""
    assert not any(each.startswith("127.") for each in addresses())
    assert hosts_at("192.0.2.1", LAN_PORT)() == {f"192.0.2.1:{LAN_PORT}"}
    assert all(each.endswith(f":{LAN_PORT}") for each in hosts_at("", LAN_PORT)())


def test_a_system_that_tells_no_addresses_ends_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the default way has is known all the same, and the page stays up."""

    def refuse() -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(ifaddr, "get_adapters", refuse)
    assert len(addresses()) <= 1
