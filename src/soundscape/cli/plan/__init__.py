"""`soundscape plan` and `soundscape schema`."""
