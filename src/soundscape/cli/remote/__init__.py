"""`soundscape remote`: the page on a phone, who is paired, and turning it off."""
