"""How far a command is, where a person watches."""

import sys

from tqdm import tqdm


class ProgressBar:
    """A progress bar, where a person watches."""

    def __init__(self, what: str, *, unit: str = "rows") -> None:
        self.bar = tqdm(desc=what, unit=f" {unit}", disable=None, leave=False, file=sys.stderr)

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(self, *error: object) -> None:
        self.bar.close()

    def clear(self) -> None:
        """Make way for words."""
        self.bar.clear()

    def tell(self, done: int, total: int) -> None:
        """Show so many of so many; a smaller number than before is the next stage."""
        if done < self.bar.n:
            self.bar.reset()
        self.bar.total = total
        self.bar.update(done - self.bar.n)
