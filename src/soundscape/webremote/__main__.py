"""The page's process: `python -m soundscape.webremote`, started by `soundscape remote on`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from soundscape.process.sidecars import Companion, serve
from soundscape.protocol import ListenOn
from soundscape.webremote.serving import PageServer
from soundscape.webremote.starting import KIND

GONE_S = 600.0
"""Seconds to wait for a session whose processes were all killed. If `soundscape recover` brings it
back within that time, no device has to be paired again."""


def work(companion: Companion, words: Sequence[str]) -> None:
    """Serve the page until the session is over or somebody turns the page off."""
    server = PageServer(companion, ListenOn(**json.loads(words[0])))
    server.open()
    companion.ready(**server.facts)
    server.close(over=companion.wait() == "over")


if __name__ == "__main__":
    sys.exit(serve(KIND, work, sys.argv[1:], gone_s=GONE_S))
