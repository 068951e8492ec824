"""
Files in: what kinds there are, how each is to be read, a look, and the load, by a worker when it is big. The only
writer of ``Upload``, ``UploadBlock`` and ``ColumnMapping``.
"""
