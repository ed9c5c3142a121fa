"""Textual's driver of the terminal, that outlives a closed window and bytes which are no UTF-8."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, TextIO

from textual.driver import Driver
from textual.events import Key

try:
    from textual.drivers.linux_driver import LinuxDriver
except ImportError:  # Windows, whose own driver is given whole characters.
    TERMINAL: type[Driver] | None = None
else:

    class Terminal(LinuxDriver):
        """Reads on after a byte of another character set: that key is one that nobody knows. Writes
        on where nobody looks any more, until the screen has closed."""

        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            self._file = _Window(self._file)  # type: ignore[arg-type, assignment]

        def run_input_thread(self) -> None:
            """Read keys until the screen closes."""
            while True:
                try:
                    super().run_input_thread()
                    return
                except UnicodeDecodeError:
                    self.process_message(Key("\ufffd", "\ufffd"))

    TERMINAL = Terminal


class _Window:
    """A window that may be closed at any time. An error there would end the thread that writes, and
    the screen would wait for it without end, with a core to itself."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """As much as the window takes."""
        with suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        """The same."""
        with suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        """Its number."""
        return self._file.fileno()
