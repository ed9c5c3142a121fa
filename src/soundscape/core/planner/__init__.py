"""The planner: an arc and its pools of tracks become a plan. `planner` is its face.

It tells what the cost means; every other module here is a part of the search, or of its words.
Pure; imports the values of `core`.
"""
