"""
The order of the queue as people read and set it: places, priorities, pins, and what another order would mean. It writes
``OrderLine.priority``, ``pin_rank`` and ``SimulationRun``; units move through ``orders.allocation`` alone.
"""
