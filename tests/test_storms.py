"""Any cues, at any moments, over any arc and music: what must hold always.

Some storms here, 10,000 of them in ``python bench/core.py --storms 10000``.
"""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, settings
from storm import Storm, play
from storm_made import storms
from storm_rules import broken


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # Making one smaller takes minutes.
)
@given(storms())
def test_no_storm_breaks_a_rule(storm: Storm) -> None:
    """No sequence of cues breaks a limit of the sound, leaves a silence that nobody chose, turns
    time back, or makes a journal that folds to another session (`storm_rules`)."""
    assert broken(play(storm)) == []
