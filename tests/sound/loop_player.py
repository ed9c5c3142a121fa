"""Plays ambiences on the real decks, each on an output of its own, from shortly before their end.

A process of its own, for libVLC and PyAV may not share one. Argument: a JSON list of
``{"path", "seconds", "from_s", "sink"}``; it plays them until its standard input is closed.
"""

from __future__ import annotations

import json
import sys

from soundscape.audio.vlc import VlcDecks
from soundscape.clock import BootClock
from soundscape.core.ports import Play
from soundscape.core.track import Track

FADE_S = 1.0


def main() -> None:
    clock = BootClock()
    playing = []
    for job in json.loads(sys.argv[1]):
        track = Track(job["path"], job["sink"], job["seconds"], 0.0)
        decks = VlcDecks(lambda report: None, clock, job["sink"])
        decks.do(Play("ambience", 1, track, job["from_s"], FADE_S, loop=True))
        playing.append(decks)
    sys.stdin.read()
    for decks in playing:
        decks.close()


if __name__ == "__main__":
    main()
