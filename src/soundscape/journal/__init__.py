"""The as-run journal: written as things happen, read back as a story, exported, erased.

Also what lies beside it: notes, consent, encryption. Imports `core` and `home`.
"""
