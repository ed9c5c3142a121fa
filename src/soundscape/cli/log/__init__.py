"""`soundscape log`: the sessions there were, told, exported, replayed, erased."""
