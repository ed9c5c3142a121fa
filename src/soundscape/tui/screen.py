"""The live screen: what `face` draws, in Textual, with a key for every cue.

Textual is only loaded here. The screen is one widget of lines, of which only those that changed
are sent to the terminal: over a slow line, too, it keeps up.
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
from typing import Protocol

from rich.segment import Segment
from textual import events
from textual.app import App
from textual.filter import LineFilter, NoColor
from textual.geometry import Region
from textual.message import Message
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from soundscape.tui import keys, layouts, said
from soundscape.tui.colours import look_of, styles
from soundscape.tui.face import View, draw
from soundscape.tui.giving import Seen
from soundscape.tui.link import Answered, Link, News, Over, Stands
from soundscape.tui.parted import Parted
from soundscape.tui.rows import Row, plainer
from soundscape.tui.terminal import TERMINAL

TICK_S = 0.25

REPAINT_S = 5.0
"""How often all of it is sent again: no terminal tells that somebody else has written over it, as
`wall` does. It is a few kilobytes."""


class Way(Protocol):
    """How cues get to the session, and news from it."""

    def open(self) -> None:
        """Begin."""

    def give(self, number: int, said: keys.Said, seen: Seen = None) -> None:
        """Give a cue, from a screen that showed this place."""


def show(control_file: Path, bound: Mapping[str, keys.Said]) -> Parted:
    """Open the screen; it returns when the session is over, or the person has left it. `bound` is
    what other keys say than those of the table."""
    for name in ("COLUMNS", "LINES"):
        # A shell that exports them tells the size of once: the window itself is what counts.
        os.environ.pop(name, None)
    live = Live(lambda tell: Link(control_file, tell), bound=bound)
    parted = live.run(mouse=False)
    return parted or Parted(over=False, broke=live.trouble or "Textual gave up")


class Came(Message):
    """Something came from the session."""

    def __init__(self, news: News) -> None:
        super().__init__()
        self.news = news


class Lines(Widget):
    """Lines of text, drawn anew one by one."""

    DEFAULT_CSS = "Lines { width: 100%; height: 100%; }"

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[Row, ...] = ()
        self._strips: list[Strip] = []

    def show(self, rows: tuple[Row, ...], strip: Callable[[Row], Strip]) -> None:
        """Show these; only lines that are not what they were are drawn again."""
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
        """One line."""
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width)


class Room(Screen[None], inherit_bindings=False):
    """The one screen; Textual's own keys are not among ours."""

    DEFAULT_CSS = "Room { overflow: hidden; background: black; }"

    def __init__(self, live: Live) -> None:
        super().__init__()
        self._live = live

    def compose(self) -> list[Widget]:
        """All of it is lines."""
        return [self._live.lines]

    def on_mount(self) -> None:
        """The terminal is ours."""
        self._live.begin()

    def on_key(self, event: events.Key) -> None:
        """Every key comes here, and nothing else is done with it."""
        event.stop()
        event.prevent_default()
        self._live.take_key(event.character if event.is_printable else event.key)

    def on_resize(self) -> None:
        """Another size is another picture."""
        self.call_after_refresh(self._live.draw)


class Live(App[Parted], inherit_bindings=False):
    """The program before the person. `way` is made with the function that news is told to."""

    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False

    def __init__(
        self,
        way: Callable[[Callable[[News], None]], Way],
        *,
        bound: Mapping[str, keys.Said] | None = None,
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
        # Linux's own console has blocks, but no dots as fine as a curve wants them.
        hand = keys.Hand(bound=bound or {})
        self._view = View(hand=hand, plain=not unicode or term == "linux", blocks=unicode)
        self._seen_at = clock()
        self._given = 0
        self.lines = Lines()
        self._way = way(lambda news: self._hear(news))
        self.trouble = ""

    def get_default_screen(self) -> Screen[None]:
        """Our own."""
        return Room(self)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Colours are chosen here already; where none are wanted, none of Textual's either."""
        return [NoColor()] if self._look == "none" else []

    def begin(self) -> None:
        """Ask for news, and let time pass."""
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
        """Back in the foreground. Textual alone begins anew there, and where it was stopped without
        being asked two of its threads would read the keys from then on, each the half."""
        if self._window_is_gone():  # A window that closes wakes whoever was stopped in it.
            self._leave()
            return
        driver = self._driver
        if driver is not None and driver.can_suspend and not self._exit:
            driver.suspend_application_mode()
            driver.resume_application_mode()
        self.lines.refresh()

    def _hear(self, news: News) -> None:
        """From any thread."""
        self.post_message(Came(news))

    def on_came(self, message: Came) -> None:
        """News of the session."""
        view = self._view
        match message.news:
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
            case Answered(number, state, text):
                self._view = replace(view, said=said.answer(view.said, number, state, text))
            case Over():
                self._leave(over=True)
                return
        self.draw()

    def take_key(self, key: str | None) -> None:
        """A key was pressed."""
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
        """Say once why keys do nothing: what this one writes is at no place that is known."""
        if not self._foreign_told:
            self._foreign_told = True
            told = said.keyboard(self._view.said, key)
            self._view = replace(self._view, said=told)
            self.draw()

    def _do(self, deed: keys.Deed) -> None:
        if deed == "leave":
            self._leave()
            return
        if isinstance(deed, keys.Said):
            self._given += 1
            told = said.give(self._view.said, self._given, deed.cue, self._clock())
            self._view = replace(self._view, said=told)
            # A session of an older program tells no place.
            seen = None if self._view.status is None else self._view.status.get("place")
            self._way.give(self._given, deed, seen)
        self.draw()

    def _tick(self) -> None:
        """Time passes, for the keyboard and for how long nobody has answered."""
        if self._window_is_gone():  # And nobody has told us.
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
        """Show how things stand."""
        now = self._clock()
        away_s = max(0.0, now - self._seen_at)
        self._view = replace(self._view, now=now, away_s=away_s, time=self._wall())
        width, height = self.size
        try:
            self.lines.show(draw(self._view, width, height), self._strip)
        except Exception as error:
            # Rather plain lines than no screen.
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
