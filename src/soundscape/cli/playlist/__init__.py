"""`soundscape playlist`: what a playlist holds, what is wrong with it, another form."""
