"""
What every app stands on and that knows nothing of any of them: rows in and out of the database, files that somebody
sent, charts, and words as people type them. It imports nothing of the project and writes no table of it.
"""
