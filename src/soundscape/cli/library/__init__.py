"""`soundscape library` and `soundscape devices`: the music there is, read and measured."""
