"""Who may: each sentence of docs/guides/remote.md about who gets in, against the real page."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from house import House, alive, house_in, until
from page_visitor import Visitor, page_of, paired, ticket_of, visitor

from soundscape.webremote.app import SHELL
from soundscape.webremote.gate import HEADERS

INSIDE = [("GET", "me"), ("GET", "events"), ("POST", "cue/soften"), ("POST", "cue/stop")]
OWNERS = [("POST", "/owner/open"), ("POST", "/owner/revoke")]
ELSEWHERE = [
    *(("GET", path) for path in ("status", "../page.js", "static/page.js", "/status")),
    *(("GET", path) for path in ("/", "/me", "/page.js", "/events")),
    ("PUT", "me"),
]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, stock: Path) -> Iterator[House]:
    """A session that plays at the pace of the clock, with its page."""
    with house_in(tmp_path_factory.mktemp("who"), stock) as made:
        done = made.call("run", made.arc, "--out", "null", "--seed", "1", "--detach", "--remote")
        assert done.returncode == 0, done.stderr
        assert re.search(r"http://127\.0\.0\.1:\d+/\S{16}/#\S{32}", done.stdout)
        made.wait(lambda status: status["health"]["sound"], "for the first sound")
        yield made


@pytest.fixture(scope="module")
def guest(served: House) -> Visitor:
    """Somebody who is paired."""
    return paired(served)


@pytest.fixture
def stranger(served: House) -> Iterator[Visitor]:
    """Somebody who is not paired; at the end the session plays as it did, with nothing in a log."""
    yield visitor(served)
    assert served.status()["state"] == "playing"
    assert served.status()["level_db"] == -6.0
    for log in (served.home.log, served.home.run / "page.log"):
        assert log.read_text("utf-8") == ""


def secrets_of(house: House) -> list[str]:
    """What nobody may learn who is not paired."""
    status = house.status()
    words = [status["session"], status["arc"], status["track"]["title"], status["track"]["path"]]
    facts = page_of(house).facts
    return [*words, facts["owner"], facts["code"] or "no code"]


def listens(pid: int) -> set[str]:
    """The addresses at which a process listens."""
    inodes = set()
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            found = re.match(r"socket:\[(\d+)\]", str(each.readlink()))
            inodes |= {found[1]} if found else set()
    found_at = set()
    for name in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and words[9] in inodes:
                address = bytes.fromhex(words[1].split(":")[0])
                found_at.add(socket.inet_ntoa(address[::-1]) if len(address) == 4 else "v6")
    return found_at


@pytest.mark.slow
def test_it_listens_on_loopback_alone(served: House) -> None:
    """Unless it is asked to, it listens nowhere else; and it is no part of the engine."""
    page = page_of(served)
    assert listens(page.pid) == {"127.0.0.1"}
    assert page.pid not in served.status()["pids"].values()


@pytest.mark.slow
@pytest.mark.parametrize(("method", "path"), [*INSIDE, *OWNERS, *ELSEWHERE])
@pytest.mark.parametrize(
    "cookie", ["", "soundscape=", "soundscape=x", "soundscape=\xff", "HASH"], ids=str
)
def test_nothing_is_told_or_done_without_a_paired_device(
    served: House, stranger: Visitor, guest: Visitor, method: str, path: str, cookie: str
) -> None:
    """Without a token, with a wrong one, with what is written of one: refused, and not a word of
    the session. Nothing is journaled either."""
    if cookie == "HASH":
        assert guest.cookie
        devices = json.loads((served.root / "remote" / "devices.json").read_text("utf-8"))
        cookie = f"soundscape={devices[-1]['hashed']}"
    stranger.cookie = cookie
    before = len(served.facts("asked"))
    told = stranger.ask(method, path, {"args": {}, "device": "x", "keep": True})
    assert told.status in ((401,) if (method, path) in INSIDE + OWNERS else (403, 404, 405))
    assert not any(word.encode() in told.content for word in secrets_of(served))
    assert len(served.facts("asked")) == before


@pytest.mark.parametrize("path", SHELL)
def test_the_shell_is_the_same_for_everybody(
    served: House, stranger: Visitor, guest: Visitor, path: str
) -> None:
    """What anybody may see is a file that ships: it tells nothing of any session."""
    told = stranger.ask("GET", path)
    assert told.status == 200
    assert told.headers["content-type"] == SHELL[path][1]
    assert not any(word.encode() in told.content for word in secrets_of(served))
    assert guest.ask("GET", path).content == told.content


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "example.org"},
        {"Host": "127.0.0.1:1"},
        {"Host": None},
        {"Origin": "https://example.org"},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
    ids=str,
)
@pytest.mark.parametrize(("method", "path"), [("GET", ""), *INSIDE, *OWNERS, ("POST", "pair")])
def test_only_its_own_address_and_its_own_page_are_heard(
    served: House, guest: Visitor, headers: dict[str, Any], method: str, path: str
) -> None:
    """A paired device too is refused where the request was meant for another host or comes from
    another page: by a changed name of this address, or a link in another tab."""
    told = guest.ask(method, path, {"args": {}}, **headers)
    assert told.status in (400, 403)  # Without any host it is no HTTP.
    assert not any(word.encode() in told.content for word in secrets_of(served))


def test_what_is_done_says_where_it_comes_from(guest: Visitor) -> None:
    """A POST without an origin comes from no browser's page."""
    assert guest.ask("POST", "cue/soften", {"args": {}}, Origin=None).status == 403


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("GET", "me"), ("GET", "/x")])
def test_the_page_is_shut_in(served: House, stranger: Visitor, method: str, path: str) -> None:
    """Every answer, a refusal too, lets the browser load nothing but this server's own files, and
    nobody frame it or keep it; no script, style or handler stands in the page itself."""
    answers = [stranger.ask(method, path), stranger.ask(method, path, Host="example.org")]
    for told in answers:
        for name, value in HEADERS.items():
            assert told.headers[name.decode()] == value.decode()
    page = stranger.ask("GET", "").content.decode()
    assert "default-src 'none'" in answers[0].headers["content-security-policy"]
    assert "unsafe" not in answers[0].headers["content-security-policy"]
    assert re.findall(r"<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=|https?://", page) == []


def test_a_link_pairs_one_device_and_its_cookie_is_no_scripts(served: House) -> None:
    """The secret of a link is good once; the cookie is for this page alone, no script reads it, and
    no other site sends it. The token is in no file of the home."""
    ticket = ticket_of(served)
    one, other = visitor(served), visitor(served)
    told = one.pair(secret=ticket["secret"])
    assert told.status == 200
    flags = {each.strip() for each in told.headers["set-cookie"].split(";")[1:]}
    assert {"HttpOnly", "SameSite=strict", f"Path={one.place}"} <= flags
    assert re.fullmatch(r"/\S{16}/", one.place), "another port of 127.0.0.1 is not shown it"
    assert not any(flag.lower().startswith("domain") for flag in flags)
    assert one.ask("GET", "me").status == 200
    for shown in ({"secret": ticket["secret"]}, {"code": ticket["code"]}):
        assert other.pair(**shown).status == 403
    assert other.ask("GET", "me").status == 401
    token = one.cookie.split("=")[1].encode()
    files = [path for path in served.root.rglob("*") if path.is_file()]
    assert not any(token in path.read_bytes() for path in files)


@pytest.mark.slow
def test_wrong_codes_are_slowed_and_shown(served: House, stranger: Visitor) -> None:
    """After a wrong code the right one is not looked at for a while, and whoever owns the session
    sees how many there were, and from where."""
    before = served.json("remote", "show")["wrong_codes"]
    ticket = ticket_of(served)
    wrong = f"{(int(ticket['code']) + 1) % 10**6:06d}"
    told = stranger.pair(code=wrong)
    assert (told.status, told.json["wait_s"] >= 1) == (429, True)
    assert stranger.pair(code=ticket["code"]).status == 429
    status = served.json("remote", "show")
    assert (status["wrong_codes"], status["last_wrong_from"]) == (before + 1, "127.0.0.1")
    told_so = f"wrong codes: {before + 1}, last from 127.0.0.1"
    assert told_so in served.call("remote", "show").stdout
    assert until(lambda: stranger.pair(code=ticket["code"]).status == 200)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"[" * 9000, b'{"code": 1}', b'{"x": "y"}', b"\xff"]
)
def test_a_body_that_is_none_harms_nobody(stranger: Visitor, guest: Visitor, body: bytes) -> None:
    """Neither at pairing nor as a cue: one answer that says what was expected."""
    assert stranger.ask("POST", "pair", body).status == 400
    told = guest.ask("POST", "cue/lift", b'{"args": ' + (body or b"[]"))
    assert told.status == 400
    assert told.json["answer"]


def test_a_body_has_a_limit(guest: Visitor) -> None:
    """One that is too large is refused unread."""
    assert guest.ask("POST", "cue/mark", b"{}" + b" " * 20_000).status == 403


@pytest.mark.slow
def test_a_revoked_device_is_out_at_once(served: House) -> None:
    """Its open page is told nothing more and ends, its next request is refused, and the others are
    as they were; a device that is not there is named, with exit 2."""
    one, other = paired(served), paired(served)
    name = one.ask("GET", "me").json["device"]
    with closing(one.line()) as line, closing(other.line()) as second:
        streams = [
            one.begin(line, "GET", "events", None),
            other.begin(second, "GET", "events", None),
        ]
        for each in streams:
            assert b"event: buttons" in each.readline()
        assert served.json("remote", "rm", name) == {"revoked": [name]}
        until(lambda: streams[0].readline() == b"", "for its stream to end")
        assert one.ask("GET", "me").status == 401
        assert one.ask("POST", "cue/soften", {"args": {}}).status == 401
        assert other.ask("GET", "me").status == 200
        assert until(lambda: b"beat" in streams[1].readline())
    assert name not in {each["device"] for each in served.json("remote", "list")}
    refused = served.call("remote", "rm", name)
    assert refused.returncode == 2
    assert name in refused.stderr


def test_a_cue_asked_twice_is_obeyed_once(served: House) -> None:
    """Where a phone did not hear the answer it asks again by the same request; another device's
    request of the same name is another one."""
    one, other = paired(served), paired(served)
    before = served.status()["marks"]
    asked = {"args": {"person": "A"}, "request": "1"}
    answers = [one.ask("POST", "cue/mark", asked).json for _ in range(2)]
    assert answers[0] == answers[1]
    assert served.status()["marks"] == before + 1
    assert other.ask("POST", "cue/mark", asked).json["answer"] != answers[0]["answer"]
    assert served.status()["marks"] == before + 2
    refused = one.ask("POST", "cue/release", {"args": {}})
    assert (refused.status, refused.json["ok"]) == (200, False)
    assert one.ask("POST", "cue/dance", {"args": {}}).status == 404
    bad = one.ask("POST", "cue/extend", {"args": {"minutes": "x"}})
    assert bad.status == 400
    assert "minutes" in bad.json["answer"]


def test_a_page_says_what_it_showed(served: House) -> None:
    """Two phones that show one phase and both say `transition`: the session moves on once."""
    one, other = paired(served), paired(served)
    asked = {"args": {}, "seen": served.status()["place"]}
    assert one.ask("POST", "cue/transition", asked).json["ok"]
    late = other.ask("POST", "cue/transition", asked).json
    assert (late["ok"], late["answer"].split(":")[0]) == (False, "already on the way")
    one.ask("POST", "cue/undo", {"args": {}})


@pytest.mark.slow
def test_off_is_off_and_on_again_knows_its_devices(served: House) -> None:
    """`off` ends its process and nothing else; `on` again, and a device is still paired. With no
    page on, a device is revoked all the same."""
    one, other = paired(served), paired(served)
    pid = page_of(served).pid
    assert served.json("remote", "off") == {"on": False, "was_on": True}
    until(lambda: not alive(pid), "for it to go")
    assert served.json("remote", "show") == {"on": False}
    assert served.json("remote", "off") == {"on": False, "was_on": False}
    assert served.status()["state"] == "playing"
    name = served.json("remote", "list")[-1]["device"]
    assert served.call("remote", "rm", name).returncode == 0
    served.json("remote", "on")
    for each, status in ((one, 200), (other, 401)):
        each.port = int(page_of(served).facts["port"])
        assert each.ask("GET", "me").status == status
    served.call("remote", "rm", "--all")
    assert one.ask("GET", "me").status == 401
    assert served.json("remote", "list") == []
