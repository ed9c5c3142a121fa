"""The live screen: shows in Textual what `face` draws, with a key for every cue.

Only this module loads Textual. The screen is one widget of lines and sends only changed lines to
the terminal, so that it keeps up even over a slow connection.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from rich.segment import Segment
from textual import events
from textual.app import App
from textual.filter import LineFilter, NoColor
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from soundscape.drawing.rows import Row, plainer
from soundscape.tui import keys, layouts, said
from soundscape.tui.colours import look_of, styles
from soundscape.tui.face import View, draw
from soundscape.tui.link import Answer, Link, News, Over, Parted, Stands
from soundscape.tui.terminal import TERMINAL

TICK_S = 0.25

REPAINT_S = 5.0
"""Seconds between full redraws. No terminal tells that something else has written over it, as
`wall` does. A redraw costs a few kilobytes."""


def show(control_file: Path, bound: Mapping[str, keys.CueKeyed]) -> Parted:
    """Run the screen until the session is over or the person leaves it.

    `bound` maps keys beyond the table of cues to what they give.
    """
    for name in ("COLUMNS", "LINES"):
        # A shell that exports them keeps the old size; the window itself counts.
        os.environ.pop(name, None)
    live = Live(lambda tell: Link(control_file, tell), bound=bound)
    parted = live.run(mouse=False)
    return parted or Parted(over=False, broke=live.trouble or "Textual gave up")


class Lines(Widget):
    """Lines of text that are redrawn one by one."""

    DEFAULT_CSS = "Lines { width: 100%; height: 100%; }"

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[Row, ...] = ()
        self._strips: list[Strip] = []

    def show(self, rows: tuple[Row, ...], strip: Callable[[Row], Strip]) -> None:
        """Show these lines; redraw only those that changed."""
        before, self._rows = self._rows, rows
        if len(before) != len(rows):
            self._strips = [strip(row) for row in rows]
            self.refresh()
            return
        changed = [y for y, row in enumerate(rows) if row != before[y]]
        for y in changed:
            self._strips[y] = strip(rows[y])
        if changed:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width)


class Room(Screen[None], inherit_bindings=False):
    """The only screen; it has none of Textual's own keys."""

    DEFAULT_CSS = "Room { overflow: hidden; background: black; }"

    def __init__(self, live: Live) -> None:
        super().__init__()
        self._live = live

    def compose(self) -> list[Widget]:
        """Return the lines, which are all there is."""
        return [self._live.lines]

    def on_mount(self) -> None:
        """Start when the terminal is ready."""
        self._live.begin()

    def on_key(self, event: events.Key) -> None:
        """Take every key, and let nothing else handle it."""
        event.stop()
        event.prevent_default()
        self._live.take_key(event.character if event.is_printable else event.key)

    def on_resize(self) -> None:
        """Draw again in the new size."""
        self.call_after_refresh(self._live.draw)


class Live(App[Parted], inherit_bindings=False):
    """The program before the person. `way` is called with the function that takes news."""

    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False

    def __init__(
        self,
        way: Callable[[Callable[[News], object]], Link],
        *,
        bound: Mapping[str, keys.CueKeyed] | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], str] = lambda: f"{datetime.now().astimezone():%H:%M}",
    ) -> None:
        term = os.environ.get("TERM", "")
        super().__init__(TERMINAL, ansi_color=True)
        self._look = look_of(os.environ, self.console.color_system)
        self.ansi_color = self._look != "full"
        self._styles = styles(self._look)
        self._clock, self._wall = clock, wall
        unicode = (getattr(sys.__stderr__, "encoding", None) or "utf-8").lower().startswith("utf")
        self._letters = layouts.layout(layouts.language_of(os.environ))
        self._foreign_told = False
        # Linux's own console has blocks, but not the fine dots that a curve needs.
        hand = keys.Keyboard(bound=bound or {})
        self._view = View(hand=hand, plain=not unicode or term == "linux", blocks=unicode)
        self._seen_at = clock()
        self._given = 0
        self.lines = Lines()
        self._way = way(lambda news: self.call_later(self._hear, news))
        self.trouble = ""

    def get_default_screen(self) -> Screen[None]:
        """Return our own screen."""
        return Room(self)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Choose Textual's filters: if no colours are wanted, Textual adds none either."""
        return [NoColor()] if self._look == "none" else []

    def begin(self) -> None:
        """Start asking for news, and let time pass."""
        loop = asyncio.get_running_loop()
        if not self.is_headless:
            for name in ("SIGHUP", "SIGTERM", "SIGINT"):
                with suppress(AttributeError, NotImplementedError):
                    loop.add_signal_handler(getattr(signal, name), self._leave)
            with suppress(AttributeError, NotImplementedError):
                loop.add_signal_handler(signal.SIGCONT, self._go_on)
        self._way.open()
        self.set_interval(TICK_S, self._tick)
        self.set_interval(REPAINT_S, self.lines.refresh)

    def _go_on(self) -> None:
        """Return to the foreground.

        Textual restarts by itself only if it was asked to stop. Otherwise two of its threads would
        read the keys, each getting half of them.
        """
        if self._window_is_gone():  # A closing window wakes stopped processes.
            self._leave()
            return
        driver = self._driver
        if driver is not None and driver.can_suspend and not self._exit:
            driver.suspend_application_mode()
            driver.resume_application_mode()
        self.lines.refresh()

    def _hear(self, news: News) -> None:
        view = self._view
        match news:
            case Stands(status, power, page, hands):
                first = view.status is None
                before = None if view.status is None else view.status["last_cue"]
                heard = said.hear(view.said, status["last_cue"], before, first=first)
                self._seen_at = self._clock()
                offers = keys.offered(status)
                self._view = replace(
                    view,
                    status=status,
                    power=power,
                    page=page,
                    hands=hands,
                    said=heard,
                    offers=offers,
                    away_s=0.0,
                )
            case Answer(state, text, number):
                self._view = replace(view, said=said.answer(view.said, number, state, text))
            case Over():
                self._leave(over=True)
                return
        self.draw()

    def take_key(self, key: str | None) -> None:
        """Take a key press."""
        if key is None:
            return
        key = layouts.latin(key, self._letters)
        if layouts.is_foreign(key):
            self._tell_foreign(key)
            return
        if key in (keys.REPAINT, keys.LOCK):
            self.lines.refresh()
        if key == keys.SUSPEND and not self._view.hand.locked:
            self.action_suspend_process()
        hand, deed = keys.press(self._view.hand, key, self._clock(), self._view.offers)
        self._view = replace(self._view, hand=hand)
        if hand.settles_at is not None:
            self.set_timer(keys.SETTLES_S + 0.01, self._tick)
        self._do(deed)

    def _tell_foreign(self, key: str) -> None:
        """Say once why keys do nothing: the place of this key is not known."""
        if not self._foreign_told:
            self._foreign_told = True
            told = said.keyboard(self._view.said, key)
            self._view = replace(self._view, said=told)
            self.draw()

    def _do(self, deed: keys.Deed) -> None:
        if deed == "leave":
            self._leave()
            return
        if isinstance(deed, keys.CueKeyed):
            self._given += 1
            told = said.give(self._view.said, self._given, deed.cue, self._clock())
            self._view = replace(self._view, said=told)
            # A session of an older program has no place.
            seen = None if self._view.status is None else self._view.status.get("place")
            self._way.give(self._given, deed, seen)
        self.draw()

    def _tick(self) -> None:
        """Let time pass for the keyboard and for the session's silence."""
        if self._window_is_gone():  # Nobody may have told us.
            self._leave()
            return
        hand, deed = keys.pass_time(self._view.hand, self._clock())
        self._view = replace(self._view, hand=hand)
        self._do(deed)

    def _window_is_gone(self) -> bool:
        return not self.is_headless and not os.isatty(sys.__stdin__.fileno())  # type: ignore[union-attr]

    def _leave(self, *, over: bool = False) -> None:
        self.exit(Parted(over, () if over else said.waiting(self._view.said)))

    def draw(self) -> None:
        """Draw the present state."""
        now = self._clock()
        away_s = max(0.0, now - self._seen_at)
        self._view = replace(self._view, now=now, away_s=away_s, time=self._wall())
        width, height = self.size
        try:
            self.lines.show(draw(self._view, width, height), self._strip)
        except Exception as error:
            # Plain lines are better than no screen.
            self.trouble = f"{type(error).__name__}: {error}"
            self.exit(None)

    def _strip(self, row: Row) -> Strip:
        plain, blocks = self._view.plain, self._view.blocks
        return Strip(
            [
                Segment(plainer(text, blocks=blocks) if plain else text, self._styles[ink])
                for text, ink in row
                if text
            ]
        )
