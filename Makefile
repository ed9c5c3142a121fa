.PHONY: demo test ci

demo:
	script/demo

test:
	script/test

ci:
	.ci/run
