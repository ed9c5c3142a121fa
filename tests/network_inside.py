"""Run in a network namespace of its own: a page on the network, while its networks change."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from page_visitor import Visitor
from support.until import until

PORT = 47400


def ip(words: str) -> None:
    subprocess.run(["ip", *words.split()], check=True)


def call(*words: str | Path) -> str:
    done = subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return done.stdout


def visit(host: str, said: str = "") -> int:
    """The status of a browser that came in at this address, and `said` which it meant."""
    with suppress(OSError):
        one = Visitor(host, PORT, secure=True)
        return one.ask("GET", "", Host=f"{said or host}:{PORT}").status
    return 0


def main() -> None:
    script, arc = sys.argv[1:]

    def told() -> list[str]:
        found = json.loads(call(script, "remote", "show", "--json"))
        return [each.removeprefix("https://") for each in found["lan"]["addresses"]]

    ip("link set lo up")
    for name in ("wifi", "vpn"):
        ip(f"link add {name} type veth peer name {name}-far")
        ip(f"link set {name} up")
        ip(f"link set {name}-far up")
    ip("addr add 10.1.0.5/24 dev wifi")
    ip("route add default via 10.1.0.1 dev wifi")
    call(script, "run", arc, "--out", "null", "--detach")
    call(script, "remote", "on", "--lan")
    print("begun", visit("10.1.0.5"), *told())
    ip("addr add 100.64.0.9/32 dev vpn")
    print("a VPN", visit("100.64.0.9"), visit("10.1.0.5"))
    ip("route del default")
    print("no uplink", visit("10.1.0.5"))
    ip("addr del 10.1.0.5/24 dev wifi")
    ip("addr add 172.20.3.4/24 dev wifi")
    until(lambda: f"172.20.3.4:{PORT}/" in told())
    opened = json.loads(call(script, "remote", "on", "--json"))
    links = {opened["link"].split("#")[0], opened["address"]}
    print("another address", visit("172.20.3.4"), sorted(links) == [told_link(told())])
    ip("-6 addr add fd12::7/64 dev wifi nodad")
    print("IPv6", visit("fd12::7", "[fd12::7]"))
    print("rebound", visit("172.20.3.4", "example.org"), visit("172.20.3.4", "10.1.0.5"))
    ip("addr flush dev wifi")
    ip("addr flush dev vpn")
    until(lambda: not told())
    print("nowhere", "it answers as soon as it has one" in call(script, "remote", "show"))
    call(script, "end", "8")
    until(lambda: "no session" in call("sh", "-c", f"{script} status 2>&1"))


def told_link(told: list[str]) -> str:
    return f"https://{told[0]}"


if __name__ == "__main__":
    main()
