"""
From the text of a cell to a value: numbers, days, words, amounts, and what was found where another was expected. Writes
nothing.
"""
