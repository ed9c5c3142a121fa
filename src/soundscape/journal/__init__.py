"""The as-run journal: written as things happen, read back as a story, exported, erased.

The files beside it belong here too: notes, consent, encryption. Imports `core` and `home`.
"""
