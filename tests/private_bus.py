"""A D-Bus of our own, with stand-ins for the login manager and a screen saver, for tests.

The bus is a real dbus-daemon on a private address; the stand-ins are python-dbusmock's, run by the
system's Python, which has the bindings that it needs.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jeepney import DBusAddress, new_method_call
from jeepney.io.blocking import open_dbus_connection
from support.until import PATIENCE_S, until

PYTHON = "/usr/bin/python3"
CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""
LOGIN = DBusAddress(
    "/org/freedesktop/login1", "org.freedesktop.login1", "org.freedesktop.login1.Manager"
)
SAVER_NAME = "org.freedesktop.ScreenSaver"
SAVER = DBusAddress("/org/freedesktop/ScreenSaver", SAVER_NAME, SAVER_NAME)


class Bus:
    """The bus with a login manager on it. `address` is where it is."""

    def __init__(self, folder: Path) -> None:
        socket = folder / "bus"
        self.address = f"unix:path={socket}"
        config = folder / "bus.conf"
        config.write_text(CONFIG.format(socket=socket))
        self._daemon = subprocess.Popen(
            ["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile"],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._mocks: dict[str, subprocess.Popen[bytes]] = {}
        until(socket.exists, "for the bus")

    @property
    def env(self) -> dict[str, str]:
        """What a program needs in its environment to take this for the machine's own buses."""
        names = ("DBUS_SYSTEM_BUS_ADDRESS", "DBUS_SESSION_BUS_ADDRESS")
        return {**os.environ, **dict.fromkeys(names, self.address)}

    def start_service(self) -> None:
        """Let the login manager answer."""
        self._mock("org.freedesktop.login1", "--system", "--template", "logind")

    def start_saver(self) -> None:
        """Let a desktop's screen saver answer."""
        self._mock(SAVER_NAME, "--session", SAVER_NAME, SAVER.object_path, SAVER_NAME)
        for name, takes, gives, does in (
            ("Inhibit", "ss", "u", "self.held = True; ret = 7"),
            ("UnInhibit", "u", "", "self.held = False"),
            ("Held", "", "b", "ret = getattr(self, 'held', False)"),
        ):
            mock = DBusAddress(SAVER.object_path, SAVER_NAME, "org.freedesktop.DBus.Mock")
            self._ask(mock, "AddMethod", "sssss", SAVER_NAME, name, takes, gives, does)

    def saver_held(self) -> bool:
        """Whether the screen saver is held off."""
        return bool(self._ask(SAVER, "Held"))

    def stop_service(self) -> None:
        """No login manager any more."""
        mock = self._mocks.pop("org.freedesktop.login1", None)
        if mock is not None:
            mock.kill()
            mock.wait()

    def inhibitors(self) -> list[tuple[Any, ...]]:
        """What is held: (what, who, why, how, uid, pid) each."""
        return list(self._ask(LOGIN, "ListInhibitors"))

    def close(self) -> None:
        """End all of it."""
        for process in (*self._mocks.values(), self._daemon):
            process.kill()
            process.wait()

    def _mock(self, name: str, *words: str) -> None:
        self._mocks[name] = subprocess.Popen(
            [PYTHON, "-m", "dbusmock", *words],
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        own = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
        until(lambda: self._ask(own, "NameHasOwner", "s", name), "for the bus")

    def _ask(self, whom: DBusAddress, what: str, kinds: str = "", *args: Any) -> Any:
        with open_dbus_connection(self.address) as connection:
            asked = new_method_call(whom, what, kinds or None, args)
            body = connection.send_and_get_reply(asked, timeout=PATIENCE_S).body
        return body[0] if body else None


@contextmanager
def bus_in(folder: Path) -> Iterator[Bus]:
    """A bus that is gone afterwards."""
    made = Bus(folder)
    try:
        made.start_service()
        yield made
    finally:
        made.close()
