"""The days that people type: one field for all forms, which refuses in words what no day here can be."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from inventory.ground import days

MOST = {
    "quoted_days": 1000,
    "approval_days": 365,
    "review_days": 365,
    "receiving_days": 365,
    "handling_days": 365,
    "covered_days": 3650,
}
"""Fields that count days, and how many they take: as many as files may say. More would lead to a day beyond all."""


class DayField(forms.DateField):
    """A day on record or to come: not before 1970, not more than two years ahead."""

    def earliest(self, today: date) -> date:
        return days.FIRST

    def validate(self, value: Any) -> None:
        super().validate(value)
        today = timezone.localdate()
        if value and (objection := days.objection(value, today=today, earliest=self.earliest(today))):
            raise ValidationError(objection)


class ComingDayField(DayField):
    """A day that is still to come: today at the earliest."""

    def earliest(self, today: date) -> date:
        return today
