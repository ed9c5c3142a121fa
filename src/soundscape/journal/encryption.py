"""Sessions encrypted at rest: their keys, and the only way in and out for what is kept.

Each session has its own key pair (age, X25519). All that is written of it is encrypted for the
public key, so that appending a line needs no secret. Reading needs the secret key. That lies beside
the journal, in `lock.json`, encrypted for the passphrase's key pair; the secret key of that pair is
encrypted with the passphrase (age, scrypt). Sessions of one passphrase share its pair: the work
that scrypt makes slow on purpose is done once for all of them, and a process that plays holds only
its own session's key.

Each line of a journal is encrypted by itself, so that an incomplete one costs only itself:
`{"age": "<base64 of an age file>"}`. Unencrypted beside it are the session's start (`wall`) in the
first line, and its length (`at_s`) in the closing one.
"""

from __future__ import annotations

import base64
import json
import unicodedata
from collections.abc import Mapping
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
    """The key pair of a passphrase. `wrapped` is the secret key, encrypted with the passphrase."""

    public: str
    wrapped: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Lock:
    """What lies unencrypted beside an encrypted journal: the session's public key, its secret key
    encrypted for `master`, and `wrapped`, the secret key of that, encrypted with the passphrase."""

    session: str
    key: str
    master: str
    wrapped: str


_held: dict[Path, tuple[Lock, str]] = {}
"""The keys that this process was given, by folder; only in memory."""


def make_master(passphrase: str) -> Master:
    """Make a key pair behind a passphrase. Takes a second or two, so that guessing is slow."""
    identity = x25519.Identity.generate()
    wrapped = scrypt.encrypt(str(identity).encode(), _normal(passphrase), armored=True)
    return Master(str(identity.to_public()), wrapped.decode(), str(identity))


def master_of(lock: Lock, passphrase: str) -> Master | None:
    """Return the key pair behind the passphrase of a lock; None if it is the wrong passphrase.

    Raises `JournalError` if the lock itself is damaged.
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
    """Normalise a passphrase: keyboards compose the same letter in different ways."""
    return unicodedata.normalize("NFC", passphrase)


def make_lock(master: Master) -> tuple[Lock, str]:
    """Make a lock for a new session; return it with the session's secret key."""
    identity = x25519.Identity.generate()
    key = _encrypted(str(identity).encode(), master.public)
    return Lock(str(identity.to_public()), key, master.public, master.wrapped), str(identity)


def session_key(lock: Lock, master: Master) -> str:
    """Return a session's secret key. Raises `JournalError` if the lock is damaged."""
    return _decrypted(lock.key.encode(), master.secret, f"{LOCK_NAME}: damaged").decode()


def write_lock(folder: Path, lock: Lock) -> None:
    """Write a lock beside the journal. Without it nobody can ever read the session again."""
    data = {"version": LOCK_VERSION, **asdict(lock)}
    write_private(folder / LOCK_NAME, json.dumps(data, indent=1) + "\n")


def lock_of(folder: Path) -> Lock | None:
    """Return the lock of a session's folder; None if it is not encrypted.

    Raises `JournalError` if the lock cannot be read.
    """
    held = _held.get(folder.resolve())
    if held is not None:  # Whatever has happened to the file meanwhile.
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
    """Let this process read the session from here on. Raises `JournalError` for a wrong key."""
    if str(_identity(key).to_public()) != lock.session:
        raise JournalError(f"{folder / LOCK_NAME}: damaged: its keys do not match")
    _held[folder.resolve()] = (lock, key)


def is_held(folder: Path) -> bool:
    """Whether this process can read an encrypted session."""
    return bool(_held) and folder.resolve() in _held


def hand_on(folder: Path) -> dict[str, str] | None:
    """Return what another process needs to read and write a session that this one can read.

    It includes the secret key, so it may only go through a pipe. None if there is no encryption.
    """
    held = _held.get(folder.resolve())
    return None if held is None else {**asdict(held[0]), "secret": held[1]}


def take_over(folder: Path, handed: Mapping[str, str]) -> None:
    """Hold what another process handed on, whatever has happened to the lock's file meanwhile."""
    values = dict(handed)
    secret = values.pop("secret")
    hold(folder, Lock(**values), secret)


def holds_any() -> bool:
    """Whether this process can read any encrypted session: it must then not tell what it read."""
    return bool(_held)


class Cover:
    """Encrypts the lines of one journal, and decrypts them if the key is held."""

    def __init__(self, folder: Path, lock: Lock) -> None:
        self._folder = folder
        self._lock = lock

    def seal(self, line: str) -> str:
        """Encrypt a line as it stands in the file; needs no secret."""
        plain = line.encode("utf-8")
        return json.dumps({**_clear(plain), "age": _encrypted64(plain, self._lock.session)})

    def seal_words(self, words: str) -> str:
        """Encrypt the words of a note that wait for the disk; needs no secret."""
        return _encrypted64(words.encode("utf-8", "replace"), self._lock.session)

    def open_words(self, sealed: str) -> str:
        """Decrypt the words of a note. Raises `JournalError` if they are damaged."""
        return _decrypted64(sealed, self._key()).decode("utf-8")

    def open(self, raw: bytes) -> bytes:
        """Decrypt a line of the file. Raises `JournalError` if it is not one."""
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
            raise JournalError("its unencrypted part was changed")
        return plain

    def _key(self) -> str:
        return _key_for(self._folder)


def cover_of(folder: Path) -> Cover | None:
    """Return what encrypts the lines of a session's journal; None if it is not encrypted."""
    lock = lock_of(folder)
    return None if lock is None else Cover(folder, lock)


def check_readable(folder: Path) -> None:
    """Raise `Locked` if a session is encrypted and its key is not held."""
    if lock_of(folder) is not None:
        _key_for(folder)


def clear_line(raw: bytes) -> dict[str, Any] | None:
    """Return the members of an encrypted line, which anyone can read; None for any other line."""
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) and isinstance(data.get("age"), str) else None


def read_kept(path: Path) -> str:
    """Read the text of a file in a session's folder, decrypted if needed.

    Raises `Locked` if it is encrypted and its key is not held, `JournalError` if it is damaged, and
    OSError and ValueError as any reading does.
    """
    text = path.read_text("utf-8")
    if lock_of(path.parent) is None:
        if text.startswith(_ARMOR):
            raise JournalError(f"{path}: encrypted, and {LOCK_NAME} beside it is missing")
        return text
    key = _key_for(path.parent)
    return _decrypted(text.encode(), key, f"{path}: damaged").decode("utf-8")


def write_kept(path: Path, text: str) -> None:
    """Write a file of a session's folder, whole or not at all, encrypted if the session is."""
    lock = lock_of(path.parent)
    write_private(path, text if lock is None else _encrypted(text.encode("utf-8"), lock.session))


def _key_for(folder: Path) -> str:
    held = _held.get(folder.resolve())
    if held is None:
        raise Locked(f"session {folder.name} is encrypted: its passphrase is needed to read it")
    return held[1]


def _clear(plain: bytes) -> dict[str, Any]:
    """Return the unencrypted part of a line: the session's start or its length."""
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
    return str(pyrage.encrypt(data, [_recipient(public)], armored=True), "ascii")


def _encrypted64(data: bytes, public: str) -> str:
    return base64.b64encode(pyrage.encrypt(data, [_recipient(public)])).decode()


def _decrypted(data: bytes, key: str, what: str = "damaged") -> bytes:
    try:
        return bytes(pyrage.decrypt(data, [_identity(key)]))
    except DecryptError as error:
        raise JournalError(f"{what}: {error}") from None


def _decrypted64(text: str, key: str) -> bytes:
    try:
        return _decrypted(base64.b64decode(text, validate=True), key)
    except ValueError as error:
        raise JournalError(f"damaged: {error}") from None
