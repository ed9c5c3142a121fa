"""What a playlist writes for a file, as paths of this system: pure, nothing is looked at here.

Files come from other programs and other systems. One name may be a path or an address, its
back-slashes may be Windows' or a letter of the name, its `%20` a blank or itself: `ways` lists
what it may mean, the most literal first, and whoever asks takes the first that is there.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from soundscape.core.names import canonical
from soundscape.home import at_home
from soundscape.library.playlists.forms.values import Coding

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(//)?")
_FILE = re.compile(
    r"(?:file|smb|cifs|nfs|afp|sftp|davs?):(?://([^/\\]*))?([/\\].*)?", re.IGNORECASE | re.DOTALL
)
"""An address of a file: here, or on a server whose folders may lie here under another name."""
_SERVICES = ("spotify", "urn", "isrc", "mbid", "tidal", "deezer", "cdda")
_DRIVE = re.compile(r"/*([A-Za-z]:)(?=/|$)")
_EMPTY_NAME = re.compile(
    r"(track|titel|title|titre|piste|pista|traccia|audio|side|disc|disk|cd|unknown|untitled)?"
    r"[\W\d_]*[a-z]?",
    re.IGNORECASE,
)


class NotAFile(ValueError):
    """What is written names nothing on any disk. Its text says what it is."""


def ways(text: str, coding: Coding) -> list[str]:
    """The paths a text may mean, in the order they are to be tried; `/` between the steps.

    A path of Windows keeps its drive (`C:/Music/a.ogg`) or its server (`//nas/music/a.ogg`).
    Raises `NotAFile` for an address of the network.
    """
    bare = text.strip()
    scheme = _SCHEME.match(bare)
    if scheme and _FILE.match(bare):
        return _of_address(bare)
    if scheme and scheme[2]:
        raise NotAFile("is on the network; soundscape plays files only")
    written = [text, bare]
    if coding == "percent":
        written = [decoded(text), decoded(bare), *written]
    elif coding == "perhaps":
        written += [decoded(text), decoded(bare)]
    turned = [name.replace("\\", "/") for name in written if "\\" in name]
    return _once([*written, at_home(bare), *turned])


def _of_address(text: str) -> list[str]:
    match = _FILE.fullmatch(text)
    if match is None or not match[2]:
        # `file:song.ogg`: not what the standard means, and met all the same.
        return _once([decoded(text.partition(":")[2].lstrip("/")), text])
    host, path = match[1] or "", match[2].replace("\\", "/")
    if re.fullmatch(r"[A-Za-z]:", host):
        path = f"/{host}{path}"  # `file://C:/Music`: a slash too few
    elif host.lower() not in ("", "localhost", "127.0.0.1"):
        path = f"//{host}{path}"
    # A `#` or `?` ends an address's path by the standard, but is mostly a letter of a file's name.
    short = re.split(r"[?#]", path, maxsplit=1)[0]
    return _once(
        [_without_slash(decoded(path)), _without_slash(path), _without_slash(decoded(short))]
    )


def _without_slash(path: str) -> str:
    """`/C:/Music` of an address as the `C:/Music` it means."""
    return _DRIVE.sub(r"\1", path, count=1) if _DRIVE.match(path) else path


def is_foreign(way: str) -> bool:
    """Whether a path begins at a drive or a server of Windows: it leads nowhere here."""
    return way.startswith("//") or re.match(r"[A-Za-z]:(/|$)", way) is not None


def is_remote(text: str) -> bool:
    """Whether a text is an address of the network, or of a service."""
    scheme = _SCHEME.match(text.strip())
    if scheme is None or scheme[1].lower() == "file":
        return False
    return bool(scheme[2]) or scheme[1].lower() in _SERVICES


def decoded(text: str) -> str:
    """A text with its percent codes read: UTF-8, else Windows' Latin letters."""
    if "%" not in text:
        return text
    data = unquote_to_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def steps_of(way: str) -> tuple[str, ...]:
    """A path's steps, in canonical form, for comparing tails; without those that go up or
    nowhere."""
    return tuple(canonical(step) for step in way.split("/") if step not in ("", ".", ".."))


def says_little(name: str) -> bool:
    """Whether a file's name alone tells no piece from another: `01.mp3`, `Track 7.flac`."""
    return _EMPTY_NAME.fullmatch(name.rpartition(".")[0]) is not None


def _once(names: list[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if name]
