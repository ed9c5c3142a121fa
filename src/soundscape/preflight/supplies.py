"""This machine's power. Separate, so that a caller that needs only this loads nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SUPPLIES = Path("/sys/class/power_supply")


@dataclass(frozen=True, slots=True)
class Power:
    """`battery` says whether a battery drives this machine now; `lasts_s` for how many seconds, or
    None if that is not known."""

    known: bool
    battery: bool = False
    percent: int | None = None
    lasts_s: float | None = None


def read_power(supplies: Path) -> Power:
    """Read the power from `/sys/class/power_supply`, without batteries of mice and headsets."""
    try:
        folders = sorted(supplies.iterdir())
    except OSError:
        return Power(known=False)
    own = [folder for folder in folders if _value(folder, "scope") != "Device"]
    batteries = [folder for folder in own if _value(folder, "type") == "Battery"]
    # With a charger that is too weak the battery drains: the battery's own status counts.
    used = [folder for folder in batteries if _value(folder, "status") == "Discharging"]
    if not used:
        return Power(known=True)
    hours = [_hours(folder) for folder in used]
    lasts_s = None if None in hours else 3600.0 * sum(each for each in hours if each is not None)
    percent = _value(used[0], "capacity")
    return Power(
        known=True,
        battery=True,
        percent=int(percent) if percent.isdecimal() else None,
        lasts_s=lasts_s,
    )


def _value(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text("ascii", "replace").strip()
    except OSError:
        return ""


def _hours(battery: Path) -> float | None:
    """Divide what is left by what is drawn, in energy or charge, whichever the battery reports."""
    for left, drawn in (("energy_now", "power_now"), ("charge_now", "current_now")):
        try:
            return int(_value(battery, left)) / abs(int(_value(battery, drawn)))
        except (ValueError, ZeroDivisionError):
            continue
    return None
