"""The extras of the package, and one clear sentence where one is not installed."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Literal

from soundscape.core.errors import SoundscapeError

Extra = Literal["midi", "osc", "pictures", "remote"]

MODULES: dict[Extra, tuple[str, ...]] = {
    "midi": ("mido", "rtmidi"),
    "osc": ("pythonosc",),
    "pictures": ("resvg_py",),
    "remote": ("cryptography", "ifaddr", "segno"),
}
"""What each extra of pyproject.toml lets this program import."""


def need(extra: Extra, what: str) -> None:
    """Raise `SoundscapeError` where the packages that `what` takes are not installed."""
    if missing := [name for name in MODULES[extra] if find_spec(name) is None]:
        raise SoundscapeError(
            f"{what} needs the extra `{extra}`, which is not installed "
            f"({', '.join(missing)} missing): install soundscape[{extra}] or soundscape[all]"
        )
