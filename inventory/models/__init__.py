"""What we have, what is coming, how much is owed, and when to order again."""

from .catalog import BackorderPolicy, Product, ProductQuerySet, Warehouse, WarehouseClosure
from .counting import CountedLine, CountSheet
from .demand import DailyDemand, DemandEntry, DemandEvent, DemandWatermark, EmptyShelf
from .desk import Alert, Assignment, Follow, Mention, Note, SavedView, SpentKey
from .ledger import Movement, MovementKind, Stock
from .patterns import GroupPattern
from .reorder import ForecastLine, ForecastState, PolicyChange, ReorderBlock, ReorderPolicy, ServiceTarget
from .supply import Inbound, InboundQuerySet, LeadTime, Owed, Transfer, TransferLine

__all__ = [
    "Alert",
    "Assignment",
    "BackorderPolicy",
    "CountSheet",
    "CountedLine",
    "DailyDemand",
    "DemandEntry",
    "DemandEvent",
    "DemandWatermark",
    "EmptyShelf",
    "Follow",
    "ForecastLine",
    "ForecastState",
    "GroupPattern",
    "Inbound",
    "InboundQuerySet",
    "LeadTime",
    "Mention",
    "Movement",
    "MovementKind",
    "Note",
    "Owed",
    "PolicyChange",
    "Product",
    "ProductQuerySet",
    "ReorderBlock",
    "ReorderPolicy",
    "SavedView",
    "ServiceTarget",
    "SpentKey",
    "Stock",
    "Transfer",
    "TransferLine",
    "Warehouse",
    "WarehouseClosure",
]
