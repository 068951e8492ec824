"""
Rows of ours as a table, columns in and out, counting that stops, any part of a text: the one place where the two
databases differ. It writes what it is given, where it is told; of its own it keeps the indexes of texts alone.
"""
