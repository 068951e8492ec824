"""
The working list: alerts around promises, with what hangs on each and the ways out of it, what is most at stake first.

Writes nothing: its ways lead to the acts, each with its own preview.
"""
