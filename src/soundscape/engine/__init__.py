"""The engine: one loop that owns the session, and what it needs around it.

`loop` is where input is decided, journaled, folded and carried out. `rehearsal` and `replay` are
the same with another clock, or without a journal. Imports `core`, `audio`, `journal`, `clock`.
"""
