.PHONY: demo test self-test soak ci

demo:
	script/demo

test:
	script/test

# Breaks the playing in one way at a time; the very check that listens for it has to fail.
self-test:
	script/test tests/sound --self-test -n 3

# What takes long: two hundred kills of the engine, among others.
soak: self-test
	SOUNDSCAPE_KILLS=200 script/test -s tests/test_soak_kills.py

ci:
	.ci/run
