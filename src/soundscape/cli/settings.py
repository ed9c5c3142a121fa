"""The settings file: what a house does not want to type at every session."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import ConfigDict, Field, field_validator

from soundscape.controllers.wanted import OscAddress
from soundscape.core.machine_facts import Gone, Outside
from soundscape.home import at_home
from soundscape.library.filemodel import FileModel, parse_model
from soundscape.library.yamlfile import read_file

_DAYS = re.compile(r"\s*([1-9][0-9]{0,4})\s*(?:days?|d)\s*")


class Settings(FileModel):
    """The keys of `settings.yaml`; each has the command line's option of the same name above it."""

    model_config = ConfigDict(strict=True)

    device: str = Field("", description="the output device; see `soundscape devices`")
    library: str = Field("", description="the folder that holds the music")
    outside_volume: Outside = Field(
        "softer",
        description="what becomes of a volume that somebody else moved: `softer` leaves what turns "
        "it down and puts right what turns it up, `keep` leaves both, `restore` puts both right",
    )

    device_gone: Gone = Field(
        "ask",
        description="what becomes of the sound where the chosen device, or the headphones at its "
        "jack, are gone: `ask` keeps silent until they are back or `output` names another, "
        "`default` goes on at the default device",
    )

    retention: str = Field(
        "", description="how long sessions are kept, such as `90 days`; asks before it erases"
    )

    encrypt: bool = Field(
        False, description="keep every session encrypted with a passphrase, as `run --encrypt` does"
    )

    osc: int | str = Field(
        "", description="listen for OSC on this port, as `run --osc` does; off where left out"
    )

    media_keys: bool = Field(
        False,
        description="media keys and headset buttons pause and resume, as `run --media-keys` does",
    )

    @field_validator("osc")
    @classmethod
    def _place(cls, value: int | str) -> str:
        if value != "":
            return str(OscAddress.read(str(value)))
        return ""

    @field_validator("retention")
    @classmethod
    def _days(cls, value: str) -> str:
        if value and not _DAYS.fullmatch(value):
            raise ValueError(f"expected days such as `90 days`, not `{value[:20]}`")
        return value

    @property
    def retention_days(self) -> int | None:
        """After how many days a session is old; None where they are kept."""
        found = _DAYS.fullmatch(self.retention)
        return int(found[1]) if found else None

    @property
    def library_folder(self) -> Path | None:
        """The library as a path; None where none is set."""
        return Path(at_home(self.library)) if self.library else None


def load_settings(path: Path) -> Settings:
    """Read the settings; without a file they are all at their defaults.

    Raises `InputError` with every fault of the file.
    """
    if not path.exists():
        return Settings()
    return parse_model(Settings, read_file(path, "settings"), str(path), named=str)[0]
