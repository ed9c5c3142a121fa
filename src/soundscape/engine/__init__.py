"""The engine: one loop that owns the session, and what it needs around it.

`loop` decides, journals, folds and carries out every input. `rehearsal` runs it on a virtual clock;
`replay` plays a past session without a journal. Imports `core`, `audio`, `journal`, `clock`.
"""
