.PHONY: demo test self-test soak ci

demo:
	script/demo

test:
	script/test

# Breaks the playing in one way at a time; the very check that listens for it has to fail.
self-test:
	script/test tests/sound --self-test -n 3

# What takes long.
soak: self-test

ci:
	.ci/run
