"""The settings file: what a house does not want to type at every session."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from soundscape.core.errors import Fault, InputError, nearest
from soundscape.library.yamlfile import load_yaml, read_file, sorted_faults


class Settings(BaseModel):
    """The keys of `settings.yaml`; each has the command line's option of the same name above it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    device: str = Field("", description="the output device; see `soundscape devices`")
    library: str = Field("", description="the folder that holds the music")

    @property
    def library_folder(self) -> Path | None:
        """The library as a path; None where none is set."""
        return Path(self.library).expanduser() if self.library else None


def load_settings(path: Path) -> Settings:
    """Read the settings; without a file they are all at their defaults.

    Raises `InputError` with every fault of the file.
    """
    if not path.exists():
        return Settings()
    node = load_yaml(read_file(path, "settings"), str(path))
    plain = node.plain()
    if plain is None:
        return Settings()
    try:
        return Settings.model_validate(plain)
    except ValidationError as error:
        faults = []
        for each in error.errors(include_url=False):
            steps = tuple(each["loc"])
            at = node.find(steps, key=each["type"] == "extra_forbidden")
            name = str(steps[-1]) if steps else ""
            what, do = f"{name}: {each['msg']}", ""
            if each["type"] == "extra_forbidden":
                what, do = f"unknown key `{name}`", nearest(name, list(Settings.model_fields))
            faults.append(Fault(str(path), what, do, at.line, at.column))
        raise InputError(sorted_faults(faults)) from None
