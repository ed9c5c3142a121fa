"""Taking names out of a text: of persons, music, folders and machines.

The list of what is gathered is the first guard: nothing is asked that is a name by its nature.
This is the second, for what the system, a library or a journal puts into its words.
"""

from __future__ import annotations

import getpass
import os
import platform
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

SHORTEST = 3
"""Shorter words are in everything: taking them out would leave no text."""

_PATH = re.compile(r"(?<!\w)(?:file:|[A-Za-z]:\\|~?/)(?=[^\s/])[^\n]*")
_QUOTED = re.compile(r"“[^”]*”|`[^`]*`|\"[^\"]*\"|'[^']{2,}'")


class Mask:
    """Replaces the names it was given. `keep` leaves music and its paths as they are."""

    def __init__(self, home: Path, music: Iterable[str] = (), *, keep: bool = False) -> None:
        self._keep = keep
        self._home = str(home)
        self._words = [(word, "(a person)") for word in _persons(home)]
        self._words += [(word, "(this machine)") for word in _hosts()]
        if not keep:
            self._words += [(word, "(music)") for word in music]
        # The longest first: a title may hold the name of its artist.
        self._words = sorted(
            {each for each in self._words if len(each[0].strip()) >= SHORTEST},
            key=lambda each: -len(each[0]),
        )

    def __call__(self, text: str) -> str:
        """The text without them."""
        out = text.replace(self._home, "~")
        if not self._keep:
            out = _PATH.sub("(a path)", _QUOTED.sub("(a name)", out))
        for word, instead in self._words:
            out = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", instead, out, flags=re.IGNORECASE)
        return out

    def all_of(self, data: Any) -> Any:
        """Plain data with every text in it masked, the keys apart."""
        if isinstance(data, dict):
            return {key: self.all_of(value) for key, value in data.items()}
        if isinstance(data, (list, tuple)):
            return [self.all_of(each) for each in data]
        return self(data) if isinstance(data, str) else data


def _persons(home: Path) -> list[str]:
    """What this person is called by the system: the login, the home's name, the full name."""
    found = [home.name, os.environ.get("USER", ""), os.environ.get("LOGNAME", "")]
    try:
        found.append(getpass.getuser())
        import pwd

        full = pwd.getpwuid(os.getuid()).pw_gecos.split(",")[0]
        found += [full, *full.split()]
    except (ImportError, KeyError, OSError):  # Windows, or a user that the system does not know.
        pass
    return [name for name in found if name not in ("root", "")]


def _hosts() -> list[str]:
    name = platform.node()
    return [name, name.split(".")[0]]
