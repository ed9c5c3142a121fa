.PHONY: demo test self-test soak ci

demo:
	script/demo

test:
	script/test

# Breaks the playing in one way at a time; the very check that listens for it has to fail.
self-test:
	script/test -- tests/sound --self-test -n 3

# What takes long: two hundred kills of the engine, all six hours of the starter music, half an hour
# of real sound under constant trouble.
soak: self-test
	SOUNDSCAPE_KILLS=200 script/test -- -s tests/test_soak_kills.py
	SOUNDSCAPE_WHOLE_STARTER=1 script/test -- tests/test_starter.py tests/test_real_music.py tests/test_intensity_formats.py
	.venv/bin/python bench/soak.py --virtual
	.venv/bin/python bench/soak.py

ci:
	.ci/run
