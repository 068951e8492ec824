"""Names and SQL types of columns as the models have them: the schema is written there, and nowhere else."""

from django.db.models import Field, Model

from .bulk import Columns

_TYPES = {
    "AutoField": "bigint",
    "BigAutoField": "bigint",
    "BigIntegerField": "bigint",
    "BooleanField": "boolean",
    "CharField": "text",
    "DateField": "date",
    "DateTimeField": "timestamptz",
    "DecimalField": "numeric",
    "EmailField": "text",
    "FloatField": "double precision",
    "IntegerField": "integer",
    "JSONField": "jsonb",
    "PositiveBigIntegerField": "bigint",
    "PositiveIntegerField": "integer",
    "PositiveSmallIntegerField": "integer",
    "SmallIntegerField": "integer",
    "TextField": "text",
}


def columns(model: type[Model], *names: str) -> Columns:
    """
    Give the types of these columns of a model, to be staged by ``bulk``.

    :param names: as the database has them, so ``line_id``, not ``line``
    :raises KeyError: for a column that the model has not, or whose kind is not staged
    """
    fields = {field.column: field for field in model._meta.concrete_fields}
    return {name: _type(fields[name]) for name in names}


def _type(field: Field) -> str:  # type: ignore[type-arg]
    return "bigint" if field.is_relation else _TYPES[field.get_internal_type()]


def given(model: type[Model]) -> set[str]:
    """Name the columns that who inserts a row must give: all that the database does not make itself."""
    made = {field for field in model._meta.concrete_fields if field.primary_key or getattr(field, "generated", False)}
    return {str(field.column) for field in model._meta.concrete_fields if field not in made}
