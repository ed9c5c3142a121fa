"""The page on a phone: a process beside the session that serves it, and what it shows.

`serving` listens, `app` answers, `hub` asks the session once for all pages. Imports `tui` (for its
words), `process`, `control` and `core`; never the music's own rooms.
"""
