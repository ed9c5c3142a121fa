"""`soundscape bind`, and the process of pedals, show control and media keys as commands see it."""
