"""Awake: keeps the machine from sleeping and from locking its screen while a session runs.

Two ways work side by side. systemd's login manager blocks sleep, idleness and a closed lid, with or
without a desktop, as long as a file that it hands out stays open. `wakepy` asks the desktop to
leave the screen alone; on macOS and Windows it blocks sleep as well.
"""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from soundscape.core.machine_facts import KeptAwake

PATIENCE_S = 2.0
WHO, WHY = "soundscape", "a session is playing"
SLEEP_STATES = Path("/sys/power/state")
"""Lists the kinds of sleep that a Linux kernel supports."""

LOCKS = ("sleep:idle:handle-lid-switch", "sleep:idle", "sleep")
"""Locks to ask the login manager for, until it grants one. It may refuse the lid or idleness to
somebody who is not at the machine."""


class Awake:
    """Keeps the machine awake from `hold` until `release`, from a thread of its own."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def hold(self) -> Future[KeptAwake]:
        """Begin; the future tells what keeps the machine awake and what was refused."""
        kept: Future[KeptAwake] = Future()
        self._thread = threading.Thread(target=self._run, args=(kept,), name="awake", daemon=True)
        self._thread.start()
        return kept

    def release(self) -> None:
        """Let the machine sleep again."""
        self._over.set()
        if self._thread is not None:
            self._thread.join(PATIENCE_S)

    def _run(self, kept: Future[KeptAwake]) -> None:
        # What was entered in this thread must be left in it.
        with ExitStack() as held:
            kept.set_result(_hold(held))
            self._over.wait()


def try_awake(states: Path = SLEEP_STATES) -> KeptAwake:
    """Keep the machine awake for a moment, to see whether that works."""
    with ExitStack() as held:
        return _hold(held, states)


def _hold(held: ExitStack, states: Path = SLEEP_STATES) -> KeptAwake:
    by: list[str] = []
    refused: list[str] = []
    lock = _login_manager(held) if sys.platform == "linux" else ""
    if lock:
        by.append(f"login manager ({lock})")
    desktop = _desktop(held)
    if desktop:
        by.append(desktop)
    if not can_sleep(states):
        pass
    elif not lock and (sys.platform == "linux" or not desktop):
        refused.append("this machine may fall asleep during the session")
    elif lock and "handle-lid" not in lock:
        refused.append("a closed lid may put this machine to sleep")
    if not desktop and has_desktop():
        refused.append("the screen may lock itself")
    return KeptAwake(tuple(by), "; ".join(refused))


def can_sleep(states: Path) -> bool:
    """Whether this machine can sleep; true if that is not known."""
    try:
        return bool(states.read_text("ascii", "replace").split())
    except OSError:
        return True


def has_desktop() -> bool:
    """Whether this process belongs to a desktop, whose screen could lock."""
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def _login_manager(held: ExitStack) -> str:
    """Return the lock that the login manager grants until `held` is left; "" if it grants none."""
    try:
        from jeepney import DBusAddress, MessageType, new_method_call
        from jeepney.io.blocking import open_dbus_connection
    except ImportError:
        return ""
    manager = DBusAddress(
        "/org/freedesktop/login1", "org.freedesktop.login1", "org.freedesktop.login1.Manager"
    )
    # The bus may be missing, be something else, or not answer.
    with suppress(OSError, RuntimeError, ValueError, TimeoutError, EOFError):
        connection: Any = open_dbus_connection("SYSTEM", enable_fds=True, auth_timeout=PATIENCE_S)
        with connection:
            for lock in LOCKS:
                asked = new_method_call(manager, "Inhibit", "ssss", (lock, WHO, WHY, "block"))
                reply = connection.send_and_get_reply(asked, timeout=PATIENCE_S)
                if reply.header.message_type is MessageType.method_return:
                    descriptor = reply.body[0].to_raw_fd()
                    os.set_inheritable(descriptor, False)  # No child process may keep it open.
                    held.callback(os.close, descriptor)
                    return lock
    return ""


def _desktop(held: ExitStack) -> str:
    """Return how the desktop, macOS or Windows was asked; "" if it refused."""
    try:
        from wakepy import keep
    except ImportError:
        return ""
    if sys.platform == "linux":
        from wakepy.dbus_adapters.jeepney import JeepneyDBusAdapter

        class Adapter(JeepneyDBusAdapter):
            """Closes all connections; wakepy leaves those of refused requests open."""

            def _create_new_connection(self, *args: Any, **more: Any) -> Any:
                connection: Any = super()._create_new_connection(*args, **more)
                held.callback(connection.close)
                return connection

        mode = keep.presenting(on_fail="pass", dbus_adapter=Adapter)
    else:
        mode = keep.presenting(on_fail="pass")
    held.enter_context(mode)
    return str(mode.method.name) if mode.active and mode.method else ""
