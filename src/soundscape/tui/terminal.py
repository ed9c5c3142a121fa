"""Textual's terminal driver, made to survive a closed window and bytes that are not UTF-8."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, TextIO

from textual.driver import Driver
from textual.events import Key

try:
    from textual.drivers.linux_driver import LinuxDriver
except ImportError:  # Windows, whose own driver receives whole characters.
    TERMINAL: type[Driver] | None = None
else:

    class Terminal(LinuxDriver):
        """Keeps reading after a byte of another character set, which counts as an unknown key.
        Keeps writing to a closed window until the screen has closed."""

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
    """A window that may close at any time. An error would end the thread that writes, and the
    screen would wait for it for ever and use up a core."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """Write as much as the window takes."""
        with suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        """Flush as far as the window takes it."""
        with suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        """Return the file's number."""
        return self._file.fileno()
