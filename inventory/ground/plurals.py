"""A noun as it goes with a number: the one place for the plurals of English that only take an s."""


def plural(count: int, noun: str) -> str:
    """
    Write a noun as it goes with a number.

    >>> plural(1, "unit"), plural(0, "unit")
    ('unit', 'units')
    """
    return noun if count == 1 else f"{noun}s"


def counted(count: int, noun: str) -> str:
    """
    Write how many there are of something.

    >>> counted(1, "unit"), counted(1_200, "line")
    ('1 unit', '1,200 lines')
    """
    return f"{count:,} {plural(count, noun)}"
