"""`soundscape doctor`: what helps to find a trouble, with the names taken out."""
