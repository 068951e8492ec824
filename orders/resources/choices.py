"""What a person said of an order file beside what it says itself."""

from dataclasses import dataclass, field

from .again import Again
from .drafts import Draft


@dataclass(slots=True)
class Choices:
    """
    What a person said of the file beside what it says itself.

    :ivar drafts: the orders of the file
    :ivar changed: orders that it names again, and how they differ
    :ivar reused: how many of its numbers stand for closed orders of another day
    """

    is_newer: bool = False
    is_reused: bool = False
    is_telling: bool = False
    drafts: list[Draft] = field(default_factory=list)
    changed: list[Again] = field(default_factory=list)
    reused: int = 0
