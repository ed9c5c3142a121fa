"""The settings file: options that a house does not want to type for every session."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import ConfigDict, Field, field_validator

from soundscape.controllers.wanted import OscAddress
from soundscape.core.machine_facts import Gone, Outside
from soundscape.core.text import typed
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
        description="what to do when somebody else changes the volume: `softer` accepts a lower "
        "volume and undoes a higher one, `keep` accepts both, `restore` undoes both",
    )

    device_gone: Gone = Field(
        "ask",
        description="what to do when the chosen device, or the headphones at its jack, disappear: "
        "`ask` stays silent until they return or `output` names another device, `default` "
        "continues on the default device",
    )

    retention: str = Field(
        "", description="how long to keep sessions, such as `90 days`; it asks before it erases"
    )

    encrypt: bool = Field(
        False, description="encrypt every session with a passphrase, as `run --encrypt` does"
    )

    osc: int | str = Field(
        "", description="listen for OSC on this port, as `run --osc` does; off by default"
    )

    media_keys: bool = Field(
        False,
        description="let media keys and headset buttons pause and resume, as `run --media-keys`",
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
            raise ValueError(f"expected days such as `90 days`, not {typed(value)}")
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
