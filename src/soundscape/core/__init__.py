"""The pure core: no files, threads, clocks or logging. `now` and seeds are arguments."""
