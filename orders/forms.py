"""What staff type when they act on waiting lines."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings

from .models import OrderLine
from .ordering import MOST_PRIORITY


class BatchForm(forms.Form):
    """Something done to selected lines, and why; it knows the lines."""

    def __init__(self, data: Any = None, *, lines: Sequence[OrderLine]) -> None:
        self.lines = lines
        super().__init__(data)


class DateForm(BatchForm):
    promised_date = forms.DateField(
        label="New date",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="The day of shipment you promise. It stands until you release it or it passes.",
    )
    reason = forms.CharField(label="Reason", max_length=200, help_text="Kept in the history of each line.")


class PriorityForm(BatchForm):
    priority = forms.IntegerField(label="Priority", min_value=0, max_value=MOST_PRIORITY)
    reason = forms.CharField(label="Reason", max_length=200, help_text="Shown beside the place in the queue.")

    def __init__(self, data: Any = None, *, lines: Sequence[OrderLine]) -> None:
        super().__init__(data, lines=lines)
        days = settings.PRIORITY_LIFT_DAYS
        self.fields["priority"].help_text = f"0 is none. Each step counts as {days} more days of waiting."


class CancelForm(BatchForm):
    units = forms.IntegerField(
        label="Units", min_value=1, required=False, help_text="Leave empty to cancel all that is open."
    )
    reason = forms.CharField(label="Reason", max_length=200, help_text="Written in the mail to the customer.")

    def __init__(self, data: Any = None, *, lines: Sequence[OrderLine]) -> None:
        super().__init__(data, lines=lines)
        if len(lines) != 1:
            del self.fields["units"]
