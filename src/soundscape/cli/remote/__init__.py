"""`soundscape remote`, and the page as other commands start it."""
