"""`soundscape arc`: lists, shows, makes and checks arcs."""
