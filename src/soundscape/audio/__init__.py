"""Sound: two decks per layer, on libVLC or silent and clocked, under one mixer.

It knows the sound server and how loud things are, but not what plays or why. Imports only `core`.
"""
