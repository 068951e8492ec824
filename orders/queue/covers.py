"""
What covers a line before an act and after it, as a preview names it: what is here, on its way, and brought by nobody.

Pure: ``rehearsal`` reads the rows.
"""

from collections.abc import Iterator
from typing import NamedTuple


class Coming(NamedTuple):
    """Units of a line that come with something; ``inbound_id``: None where the act itself makes it, so far in vain."""

    units: int
    reference: str
    inbound_id: int | None


class Cover(NamedTuple):
    """What covers a line, in units: here, on its way by arrival, not covered."""

    here: int
    coming: tuple[Coming, ...]
    missing: int

    def parts(self) -> Iterator[Coming]:
        """Name each part; of what covers a line alone the units do not matter: 0."""
        found = [Coming(self.here, "on hand", None)] if self.here else []
        found += self.coming
        if self.missing:
            found.append(Coming(self.missing, "not covered" if found else "nothing", None))
        for part in found:
            yield part if len(found) > 1 else part._replace(units=0)


class Recovered(NamedTuple):
    """What covered a line, and what does now."""

    was: Cover
    now: Cover

    @property
    def words(self) -> str:
        """
        Say it.

        >>> lorry = Cover(0, (Coming(5, "PO-1042", 7),), 0)
        >>> Recovered(lorry, Cover(5, (), 0)).words
        'PO-1042 → on hand'
        >>> Recovered(Cover(0, (), 5), Cover(2, (Coming(2, "PO-1042", 7),), 1)).words
        'nothing → 2 on hand, 2 PO-1042, 1 not covered'
        """
        return " → ".join(", ".join(map(said, cover.parts())) for cover in self)


def said(part: Coming) -> str:
    return f"{part.units:,} {part.reference}" if part.units else part.reference


def between(was: Cover, now: Cover) -> Recovered | None:
    """
    Give what has changed; None where the same covers it, be it more or fewer units of one thing.

    >>> between(Cover(3, (), 0), Cover(2, (), 0))
    """
    if was == now or list(was.parts()) == list(now.parts()):
        return None
    return Recovered(was, now)
