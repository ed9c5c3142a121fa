"""Plays files on the real player, each on an output of its own, and tells where it says it is.

A process of its own, for libVLC and PyAV may not share one. Argument: a JSON list of
``{"path", "from_s", "gain_db", "sink"}``. Prints a JSON list of the position in seconds that each
player told when it was stopped.
"""

from __future__ import annotations

import json
import queue
import sys
import time

from soundscape.audio.disk import Disk
from soundscape.audio.vlc_player import Event, VlcPlayer, load_libvlc, make_instance
from soundscape.clock import BootClock

PLAYED_S = 2.6
"""How long each file sounds."""

PATIENCE_S = 20.0


def main() -> None:
    vlc, clock = load_libvlc(), BootClock()
    instance = make_instance(vlc)
    inbox: queue.SimpleQueue[Event] = queue.SimpleQueue()
    jobs = json.loads(sys.argv[1])
    disk = Disk()
    players = [VlcPlayer(vlc, instance, disk, inbox.put, job["sink"]) for job in jobs]
    for player, job in zip(players, jobs, strict=True):
        player.start(job["path"], job["from_s"])
        player.set_gain(
            job["gain_db"]
        )  # Before there is a stream: it sounds from its first sample.
    since: list[float | None] = [None] * len(jobs)
    said = [0.0] * len(jobs)
    playing = set(range(len(jobs)))
    until = clock.now() + PATIENCE_S
    while playing and clock.now() < until:
        time.sleep(0.01)
        while not inbox.empty():
            event = inbox.get()
            event.player.event(event)
        for number in tuple(playing):
            look, now = players[number].look(clock.now()), clock.now()
            if since[number] is None and look.heard:
                since[number] = now
            if (begun := since[number]) is not None and now - begun > PLAYED_S:
                said[number] = look.position_s
                players[number].stop()
                playing.discard(number)
    for player in players:
        player.gone()
    disk.close()
    print(json.dumps(said))


if __name__ == "__main__":
    main()
