"""The way back from what was done last to lines of the queue."""

from typing import Any

from orders.queue import undoing

from .base import WAY_BACK, Ids, LineOperation, Lines
from .operations import ALL


class TakeBack(LineOperation):
    """Take back what was done last, by whom it was done; who may do it may take it back."""

    name, label = "undo", WAY_BACK
    explanation = (
        "The lines go back to where they stood, and typed dates to what they were. Who is told by mail is in the "
        "preview."
    )
    done = "Taken back for 1 line.", "Taken back for {count:,} lines."
    is_whole = True

    def __init__(self, memory: undoing.Memory) -> None:
        self.memory = memory
        self.was = next(operation for operation in ALL if operation.name == memory.what)
        self.permission = self.was.permission

    def title(self, rows: Lines) -> str:
        return f"Take back: {self.was.plain_label.lower()}"

    def change(self, ids: Ids, form: Any, **said: Any) -> int:
        return undoing.undo(self.memory, **said)
