"""Pages to look at, print and take home: self-contained HTML and text, made of journals.

Imports `core`, `journal` and `drawing`.
"""
