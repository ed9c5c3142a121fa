"""`soundscape controllers`, and the process of pedals, OSC and media keys as commands see it."""
