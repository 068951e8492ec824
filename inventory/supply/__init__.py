"""
What is here and what is on its way: the only writer of ``Stock``, ``Movement``, ``Inbound``, ``Transfer``,
``Owed`` and ``EmptyShelf``. What changes supply sends ``supply_changed`` once, after its last write.
"""
