"""
What becomes of parcels after they were posted: units come back, are lost, are found again, or never left at all.

It alone writes ``Return`` and, of a ``ShipmentLine``, everything but its quantity. What ships again does so from the
line it was ordered with, in its old place: that is no new demand.
"""
