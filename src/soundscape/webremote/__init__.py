"""The web remote: a process beside the session that serves a page for phones.

`serving` listens, `gate` and `app` answer, `hub` asks the session once for all pages. Imports `tui`
(for its words), `process`, `control` and `core`, but nothing that plays music.
"""
