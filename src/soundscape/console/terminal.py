"""Textual's driver of the terminal, that outlives bytes which are no UTF-8."""

from __future__ import annotations

from textual.driver import Driver
from textual.events import Key

try:
    from textual.drivers.linux_driver import LinuxDriver
except ImportError:  # Windows, whose own driver is given whole characters.
    TERMINAL: type[Driver] | None = None
else:

    class Terminal(LinuxDriver):
        """Reads on after a byte of another character set: that key is one that nobody knows."""

        def run_input_thread(self) -> None:
            """Read keys until the screen closes."""
            while True:
                try:
                    super().run_input_thread()
                    return
                except UnicodeDecodeError:
                    self.process_message(Key("\ufffd", "\ufffd"))

    TERMINAL = Terminal
