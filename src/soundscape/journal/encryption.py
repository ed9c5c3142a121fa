"""Sessions encrypted at rest: their keys, and the one place where what is kept goes in and out.

A session has a key pair of its own (age, X25519). Whatever is written of it is encrypted for the
public key, so that a line is appended without any secret; whoever reads needs the secret one. That
lies beside the journal, in `lock.json`, encrypted for the passphrase's key pair, and the secret key
of that one encrypted with the passphrase (age, scrypt). Sessions of one passphrase share its pair:
what scrypt makes slow on purpose is done once for all of them, and a process that plays holds the
key of its own session alone.

Each line of a journal is encrypted by itself, so that a torn one costs only itself:
`{"age": "<base64 of an age file>"}`. In the clear beside it stand, in the first line, when the
session began (`wall`), and in the closing one how long it was (`at_s`).
"""

from __future__ import annotations

import base64
import json
import os
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pyrage
from pyrage import DecryptError, IdentityError, RecipientError, x25519
from pyrage import passphrase as scrypt

from soundscape.core.errors import JournalError
from soundscape.home import write_private

LOCK_NAME = "lock.json"
LOCK_VERSION = 1
_ARMOR = "-----BEGIN AGE ENCRYPTED FILE-----"
_KINDS = (b'"type":"opened"', b'"type":"closed"')


class Locked(JournalError):
    """A session is encrypted, and this process does not hold its key."""


@dataclass(frozen=True, slots=True)
class Master:
    """The key pair of a passphrase. `wrapped` is the secret key, encrypted with it."""

    public: str
    wrapped: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Lock:
    """What lies open beside an encrypted journal: the session's public key, its secret key
    encrypted for `master`, and `wrapped`, the secret key of that, encrypted with the passphrase."""

    session: str
    key: str
    master: str
    wrapped: str


_held: dict[Path, tuple[Lock, str]] = {}
"""By folder: the keys that this process was given, in memory alone."""


def make_master(passphrase: str) -> Master:
    """A new key pair behind a passphrase; takes a second or two, so that guessing is slow."""
    identity = x25519.Identity.generate()
    wrapped = scrypt.encrypt(str(identity).encode(), _normal(passphrase), armored=True)
    return Master(str(identity.to_public()), wrapped.decode(), str(identity))


def master_of(lock: Lock, passphrase: str) -> Master | None:
    """The key pair behind the passphrase of a lock; None where it is another one.

    Raises `JournalError` where the lock itself is damaged.
    """
    try:
        secret = scrypt.decrypt(lock.wrapped.encode(), _normal(passphrase)).decode()
        public = str(x25519.Identity.from_str(secret).to_public())
    except DecryptError as error:
        if str(error) == "Decryption failed":
            return None
        raise JournalError(f"{LOCK_NAME} is damaged: {error}") from None
    except Exception as error:
        raise JournalError(f"{LOCK_NAME} is damaged: {error}") from None
    return Master(public, lock.wrapped, secret)


def _normal(passphrase: str) -> str:
    """However a keyboard composes a letter, it is the same passphrase."""
    return unicodedata.normalize("NFC", passphrase)


def make_lock(master: Master) -> tuple[Lock, str]:
    """A lock for a new session, and the session's secret key."""
    identity = x25519.Identity.generate()
    key = _encrypted(str(identity).encode(), master.public)
    return Lock(str(identity.to_public()), key, master.public, master.wrapped), str(identity)


def session_key(lock: Lock, master: Master) -> str:
    """A session's secret key. Raises `JournalError` where the lock is damaged."""
    return _decrypted(lock.key, master.secret, LOCK_NAME).decode()


def write_lock(folder: Path, lock: Lock) -> None:
    """Put a lock beside the journal: without it nobody reads the session ever again."""
    data = {"version": LOCK_VERSION, **asdict(lock)}
    write_private(folder / LOCK_NAME, json.dumps(data, indent=1) + "\n")
    with suppress(OSError, AttributeError):  # That its name is on the disk, too.
        place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(place)
        finally:
            os.close(place)


def lock_of(folder: Path) -> Lock | None:
    """The lock of a session's folder; None where it is not encrypted.

    Raises `JournalError` where it cannot be read.
    """
    held = _held.get(folder.resolve())
    if held is not None:  # Whatever became of the file meanwhile.
        return held[0]
    path = folder / LOCK_NAME
    try:
        data: Any = json.loads(path.read_text("utf-8"))
        if data["version"] != LOCK_VERSION:
            raise JournalError(f"{path}: version {data['version']}; this program reads 1")
        names = ("session", "key", "master", "wrapped")
        return Lock(*(str(data[name]) for name in names))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise JournalError(f"{path}: cannot be read: {error}") from None


def hold(folder: Path, lock: Lock, key: str) -> None:
    """From here on this process can read the session. Raises `JournalError` for a wrong key."""
    if str(_identity(key).to_public()) != lock.session:
        raise JournalError(f"{folder / LOCK_NAME}: damaged, its keys do not fit each other")
    _held[folder.resolve()] = (lock, key)


def is_held(folder: Path) -> bool:
    """Whether this process can read an encrypted session."""
    return bool(_held) and folder.resolve() in _held


def hand_on(folder: Path) -> dict[str, str] | None:
    """What another process needs to read and write a session that this one can, its secret key
    among it: for a pipe, and nothing else. None where the session is not encrypted."""
    held = _held.get(folder.resolve())
    return None if held is None else {**asdict(held[0]), "secret": held[1]}


def take_over(folder: Path, handed: Mapping[str, str]) -> None:
    """Hold what another process handed on, whatever became of the lock's file meanwhile."""
    values = dict(handed)
    secret = values.pop("secret")
    hold(folder, Lock(**values), secret)


def holds_any() -> bool:
    """Whether this process can read any encrypted session: it must not tell what it read."""
    return bool(_held)


class Cover:
    """Encrypts the lines of one journal, and opens them again where the key is held."""

    def __init__(self, folder: Path, lock: Lock) -> None:
        self._folder = folder
        self._lock = lock

    def seal(self, line: str) -> str:
        """A line as it stands in the file; needs no secret."""
        plain = line.encode("utf-8")
        return json.dumps({**_clear(plain), "age": _encrypted64(plain, self._lock.session)})

    def seal_words(self, words: str) -> str:
        """The words of a note where they wait for the disk; needs no secret."""
        return _encrypted64(words.encode("utf-8", "replace"), self._lock.session)

    def open_words(self, sealed: str) -> str:
        """They themselves. Raises `JournalError` where they are damaged."""
        return _decrypted64(sealed, self._key()).decode("utf-8")

    def open(self, raw: bytes) -> bytes:
        """A line of the file as it was written. Raises `JournalError` where it is none."""
        data = clear_line(raw)
        if data is None:
            raise JournalError("not a line of an encrypted journal")
        sealed = data.pop("age")
        plain = _decrypted64(sealed, self._key())
        try:
            same = data == _clear(plain)
        except (ValueError, LookupError, TypeError):
            same = False
        if not same:
            raise JournalError("what it says in the clear was changed")
        return plain

    def _key(self) -> str:
        return _key_for(self._folder)


def cover_of(folder: Path) -> Cover | None:
    """What encrypts the lines of a session's journal; None where nothing does."""
    lock = lock_of(folder)
    return None if lock is None else Cover(folder, lock)


def check_readable(folder: Path) -> None:
    """Raises `Locked` where a session is encrypted and its key is not held."""
    if lock_of(folder) is not None:
        _key_for(folder)


def clear_line(raw: bytes) -> dict[str, Any] | None:
    """The members of an encrypted line, which anyone can read; None for any other line."""
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) and isinstance(data.get("age"), str) else None


def read_kept(path: Path) -> str:
    """The text of a file in a session's folder, as it was written.

    Raises `Locked` where it is encrypted and its key is not held, `JournalError` where it is
    damaged, and OSError and ValueError as any reading does.
    """
    text = path.read_text("utf-8")
    if lock_of(path.parent) is None:
        if text.startswith(_ARMOR):
            raise JournalError(f"{path}: encrypted, and {LOCK_NAME} beside it is gone")
        return text
    return _decrypted(text, _key_for(path.parent), str(path)).decode("utf-8")


def write_kept(path: Path, text: str) -> None:
    """Write a file of a session's folder, whole or not at all, encrypted where the session is."""
    lock = lock_of(path.parent)
    write_private(path, text if lock is None else _encrypted(text.encode("utf-8"), lock.session))


def _key_for(folder: Path) -> str:
    held = _held.get(folder.resolve())
    if held is None:
        raise Locked(f"session {folder.name} is encrypted: it is read with its passphrase")
    return held[1]


def _clear(plain: bytes) -> dict[str, Any]:
    """What of a line stands in the clear: when it began, how long it was."""
    if not any(kind in plain for kind in _KINDS):
        return {}
    data = json.loads(plain)
    kind, stamp = data["fact"]["type"], data["stamp"]
    if kind == "opened":
        return {"wall": stamp["wall"]}
    return {"at_s": stamp["at_s"]} if kind == "closed" else {}


@cache
def _identity(key: str) -> x25519.Identity:
    try:
        return x25519.Identity.from_str(key)
    except IdentityError as error:
        raise JournalError(f"not a key: {error}") from None


@cache
def _recipient(public: str) -> x25519.Recipient:
    try:
        return x25519.Recipient.from_str(public)
    except RecipientError as error:
        raise JournalError(f"{LOCK_NAME} is damaged: {error}") from None


def _encrypted(data: bytes, public: str) -> str:
    text: bytes = pyrage.encrypt(data, [_recipient(public)], armored=True)
    return text.decode()


def _encrypted64(data: bytes, public: str) -> str:
    return base64.b64encode(pyrage.encrypt(data, [_recipient(public)])).decode()


def _decrypted(text: str, key: str, where: str) -> bytes:
    try:
        plain: bytes = pyrage.decrypt(text.encode(), [_identity(key)])
    except pyrage.DecryptError as error:
        raise JournalError(f"{where}: damaged: {error}") from None
    return plain


def _decrypted64(text: str, key: str) -> bytes:
    try:
        plain: bytes = pyrage.decrypt(base64.b64decode(text, validate=True), [_identity(key)])
    except (pyrage.DecryptError, ValueError) as error:
        raise JournalError(f"damaged: {error}") from None
    return plain
