"""
What is here and what is on its way: the only writer of ``Stock``, ``Movement``, ``Inbound``, ``Transfer``,
``Owed``, ``EmptyShelf`` and the calendars of warehouses. What changes supply sends ``supply_changed`` once, after its
last write.
"""
