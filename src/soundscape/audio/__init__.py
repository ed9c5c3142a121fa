"""Decks: libVLC and the silent, clocked null decks, over one mixer."""
