"""
Rows that people know by a key, kept beside what they typed: unique by the form in which keys are compared.

Every write of a row writes its key in the same statement. A row whose key is empty is a twin of an older one from
before there were keys (``inventory.twins`` finds them); nobody looks it up by it, and no new one can come.
"""

from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from inventory.ground import keys

MOST_SIGNS = 3
"""So many signs one sign may become in capitals."""


class KeyField(models.CharField):  # type: ignore[type-arg]
    """The form in which the key of a row is compared. A plain column to migrations, which never write it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"null": True, "blank": True, "editable": False, **kwargs})

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs

    def pre_save(self, model_instance: Any, add: bool) -> str | None:
        if add or model_instance.key is not None or not model_instance.others():
            # a twin that is saved as it stands stays one
            model_instance.key = model_instance.own_key() or None
        found: str | None = model_instance.key
        return found


class Keyed(models.Model):
    """
    A row with a key. A subclass has ``key = KeyField(…)`` and says of which column it is the form.

    :cvar KEY_OF: the column that people type
    :cvar IS_PRODUCT: whether it is a SKU, which is never a date
    """

    KEY_OF: ClassVar[str]
    IS_PRODUCT: ClassVar[bool] = False
    key: str | None

    class Meta:
        abstract = True

    def save(self, *, update_fields: Any = None, **kwargs: Any) -> None:
        if update_fields is not None and self.KEY_OF in update_fields:
            self.key = self.own_key() or None
            update_fields = {*update_fields, "key"}
        super().save(update_fields=update_fields, **kwargs)

    @classmethod
    def named(cls, text: str) -> Q:
        """Ask for the row that people mean by this text; a twin without a key is meant by its very own."""
        return Q(key=keys.key(text)) | Q(key=None, **{cls.KEY_OF: text})

    @classmethod
    def find(cls, text: str) -> Self | None:
        """Give the row that people mean by this text, the one with the key before its twin."""
        rows = cls._default_manager.filter(cls.named(text))
        return rows.order_by(models.F("key").asc(nulls_last=True), "pk").first()

    def own_key(self) -> str:
        """Give the key of what the row is called now."""
        return keys.key(getattr(self, self.KEY_OF) or "")

    def others(self) -> models.QuerySet[Any]:
        """Give the other rows that have this key."""
        rows: models.QuerySet[Any] = type(self)._base_manager.all()
        return rows.filter(key=self.own_key()).exclude(pk=self.pk)

    def clean(self) -> None:
        """:raises ValidationError: if what a person typed is damaged, or names another row too"""
        super().clean()
        typed = getattr(self, self.KEY_OF) or ""
        if self.pk and type(self)._base_manager.filter(pk=self.pk, **{self.KEY_OF: typed}).exists():
            return
        setattr(self, self.KEY_OF, keys.clean(typed))
        if wrong := keys.damage(typed, is_product=self.IS_PRODUCT):
            raise ValidationError({self.KEY_OF: f"“{typed}” is {wrong}, as programs leave it. Enter the real one."})
        if self.own_key() and (other := self.others().first()):
            raise ValidationError({self.KEY_OF: self.taken_by(other)})

    def taken_by(self, other: Any) -> str:
        """Say who has this key already."""
        return f"“{getattr(self, self.KEY_OF)}” is there already, as “{getattr(other, self.KEY_OF)}”."
