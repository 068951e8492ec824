"""
The shipping desk: what can leave a warehouse, batches of parcels that are picked and packed, their numbers, and their
handing over. It alone writes ``Batch``, ``Parcel`` and ``ParcelLine``.

What is in a parcel that has not left is picked (``orders.allocation.picking``): nobody else gets it, until the parcel
leaves, is stopped, or its batch is put away.
"""

from .batching import NothingToPick, NotThisParcel, make, split
from .choosing import Choice, Wishes, look, places
from .correcting import NotACorrection, correct
from .handing_over import HandedOver, NothingLeaves, hand_over
from .labeling import NotTheseNumbers, ParcelLabel, lock_batch, save_labels
from .stopping import put_away, put_back, stop_of_orders, stop_parcels

__all__ = [
    "Choice",
    "HandedOver",
    "NotACorrection",
    "NotTheseNumbers",
    "NotThisParcel",
    "NothingLeaves",
    "NothingToPick",
    "ParcelLabel",
    "Wishes",
    "correct",
    "hand_over",
    "lock_batch",
    "look",
    "make",
    "places",
    "put_away",
    "put_back",
    "save_labels",
    "split",
    "stop_of_orders",
    "stop_parcels",
]
