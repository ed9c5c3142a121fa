"""What commands print, and how errors leave the program."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from soundscape.core.errors import Fault

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

MOST_SHOWN = 20


def console() -> Console:
    """Where people look: standard output, without markup in foreign text."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False)


def say(line: str) -> None:
    """One plain line on standard output."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def complain(line: str) -> None:
    """One plain line on standard error."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def tell_new(old: str, new: str) -> None:
    """Say the new words of a command that was called by its former ones."""
    complain(f"note: `soundscape {old}` is now `soundscape {new}`; the next release drops the old")


def print_json(data: Any) -> None:
    """Facts for programs."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2) + "\n")


def tell_left_out(left_out: Sequence[Fault], warnings: Sequence[str]) -> None:
    """List what of the music cannot be played, and what else should be known."""
    for fault in left_out[:MOST_SHOWN]:
        complain(f"left out: {fault}")
    if len(left_out) > MOST_SHOWN:
        complain(f"left out: and {len(left_out) - MOST_SHOWN} more")
    for warning in warnings:
        complain(f"note: {warning}")


def with_progress(work: Callable[[Callable[[str, int, int], None]], Any]) -> Any:
    """Do long work with a progress bar on standard error; drawn only where somebody looks.

    The bar, and what draws it, is only loaded with the first step: mostly there is none.
    """
    tasks: dict[str, Any] = {}
    bars: list[Progress] = []
    with ExitStack() as stack:

        def step(what: str, done: int, total: int) -> None:
            if not bars:
                bars.append(stack.enter_context(_bar()))
            if what not in tasks:
                tasks[what] = bars[0].add_task(what, total=total)
            bars[0].update(tasks[what], completed=done, total=total)

        return work(step)


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    err = Console(stderr=True, markup=False)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )
