"""The companion of pedals, show control and media keys: `python -m soundscape.controllers.work`.

Each of them listens in its own thread. One that fails does not affect the others.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Callable, Sequence

from soundscape.controllers.pedals import Pedals
from soundscape.controllers.wanted import KIND, OscAddress
from soundscape.core.errors import SoundscapeError
from soundscape.process.sidecars import Companion, Heard, serve
from soundscape.protocol import ListenTo
from soundscape.tui.giving import Answer, Answered, Giver
from soundscape.tui.keys import CueKeyed

CLOSE_S = 2.0

Give = Callable[[CueKeyed, Answered], None]


def work(companion: Companion, words: Sequence[str]) -> None:
    """Listen until the session is over."""
    wanted = ListenTo(**json.loads(words[0]))
    giver = Giver(lambda: companion.following.control)
    giver.open()

    def give(said: CueKeyed, answered: Answered) -> None:
        def noted(answer: Answer) -> None:
            _note(said, answer)
            answered(answer)

        giver.give(said, noted)

    pedals = Pedals(
        companion.home.bindings,
        lambda said: give(said, lambda answer: None),
        lambda facts: companion.tell(pedals=facts),
    )
    pedals.look()
    listens = _begin(companion, "pedals", pedals.run)
    if wanted.osc:
        _begin_osc(companion, wanted.osc, give)
    companion.follow(_media_keys(companion, give) if wanted.media_keys else lambda status: None)
    companion.ready()
    companion.wait()
    pedals.close()
    listens.join(CLOSE_S)  # A client that is cut off would hold up a JACK server.


def _media_keys(companion: Companion, give: Give) -> Heard:
    """Start a player on the desktop; return the function that takes the session's status."""
    from soundscape.controllers.media import MediaKeys

    keys = MediaKeys(
        lambda said: give(said, lambda answer: companion.look_now()),
        lambda facts: companion.tell(media_keys=facts),
    )
    keys.open()
    _begin(companion, "media_keys", keys.run)
    return keys.heard


def _begin_osc(companion: Companion, place: str, give: Give) -> None:
    from soundscape.controllers.osc import Osc

    osc = Osc(OscAddress.read(place), give, lambda facts: companion.tell(osc=facts))
    try:
        osc.open()
    except SoundscapeError as error:
        companion.tell(osc={"trouble": str(error)})
        return
    _begin(companion, "osc", osc.run)


def _note(said: CueKeyed, answer: Answer) -> None:
    """Log a cue without an answer, by its name alone: answers may quote titles."""
    if answer.state == "failed":
        logging.warning("%s: no answer from the session", said.cue)


def _begin(companion: Companion, name: str, run: Callable[[], None]) -> threading.Thread:
    """Run a listener in its own thread; report it if it fails, while the others go on."""

    def kept() -> None:
        try:
            run()
        except Exception:
            logging.exception("%s failed", name)
            companion.tell(**{name: {"trouble": "it failed; its log says where"}})

    made = threading.Thread(target=kept, name=name, daemon=True)
    made.start()
    return made


if __name__ == "__main__":
    sys.exit(serve(KIND, work, sys.argv[1:]))
