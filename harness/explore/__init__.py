"""Timelines that nobody thought of: composed, played, judged by what the methods promise, and told.

`meetings` says what can meet at all, `composing` makes legal timelines of it, `playing` plays them,
`judging` tells what exceeds a promise, `known` what was found before, `shrinking` the shortest
timeline that still shows it.
"""
