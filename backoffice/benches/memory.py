"""The most memory a step of a bench had: the kernel keeps the mark, and sets it back when it is told to (Linux)."""

import re
from contextlib import suppress
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

_STATUS, _MARK = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def begin() -> None:
    """Forget the mark of what was before; elsewhere than on Linux it stays."""
    with suppress(OSError):
        _MARK.write_text("5")


def peak() -> float:
    """Give the most since, in MB."""
    with suppress(OSError):
        if found := re.search(r"VmHWM:\s+(\d+) kB", _STATUS.read_text()):
            return int(found[1]) // 1024
    return getrusage(RUSAGE_SELF).ru_maxrss // 1024
