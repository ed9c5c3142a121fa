"""Sound: two decks a layer on libVLC, or silent and clocked ones, over one mixer.

Knows the sound server and how loud things are, not what is played or why. Imports `core` alone.
"""
