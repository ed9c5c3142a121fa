"""Playlists: every form read and written, and the files that their lines mean.

`load` reads one, `members` finds its files, `forms` has a module a form. Imports `core`.
"""
