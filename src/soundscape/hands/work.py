"""The companion of pedals, show control and media keys: `python -m soundscape.hands.work`."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from soundscape.companion import Companion, serve
from soundscape.console.giving import Answer, Giver
from soundscape.console.keys import Said
from soundscape.hands.pedals import Pedals

KIND = "hands"
MODULE = "soundscape.hands.work"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be listened to beside the pedals that are bound."""

    def words(self) -> list[str]:
        """As one word of a command line."""
        return [json.dumps(asdict(self))]


def work(companion: Companion, words: Sequence[str]) -> None:
    """Listen until the session is over."""
    giver = Giver(lambda: companion.following.control)
    giver.open()

    def give(said: Said) -> None:
        giver.give(said, lambda answer: _note(said, answer))

    pedals = Pedals(companion.home.bindings, give, lambda facts: companion.tell(pedals=facts))
    pedals.look()
    _begin(companion, "pedals", pedals.run)
    companion.follow(lambda status: None)
    companion.ready()
    companion.wait()
    pedals.close()


def _note(said: Said, answer: Answer) -> None:
    """Of what was not given the cue's name alone: answers may quote titles."""
    if answer.state == "failed":
        logging.warning("%s: no answer from the session", said.cue)


def _begin(companion: Companion, name: str, run: Callable[[], None]) -> None:
    """Run it in a thread of its own; if it breaks off that is told, and the others go on."""

    def kept() -> None:
        try:
            run()
        except Exception:
            logging.exception("%s broke off", name)
            companion.tell(**{name: {"trouble": "broke off; its log says where"}})

    threading.Thread(target=kept, name=name, daemon=True).start()


if __name__ == "__main__":
    sys.exit(serve(KIND, work, sys.argv[1:]))
