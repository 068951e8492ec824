"""
What every list and page of the admin has in common.

``Operated`` carries operations: actions of its list, buttons on the page of a row, and an address for each. ``Desk``
besides counts no further than a person reads, searches by what its term is, and saves only what was changed. ``Kept``
is the desk of what the domain writes: looked at here, changed by operations alone.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial, reduce
from operator import or_
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import AdminIntegerFieldWidget
from django.core.exceptions import PermissionDenied
from django.db.models import (
    DateField,
    ForeignKey,
    Model,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    Q,
    QuerySet,
)
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from inventory.desk import throttle
from inventory.ground.sql.paging import BoundedPaginator
from inventory.models import Alert, Product
from inventory.models.folded import NOTHING, Folded, meant, narrowed
from inventory.night import popular

from . import naming, owned, performing
from .careful import Careful, CarefulList, numbers
from .day_fields import MOST, DayField
from .lists import (
    across,
    days,  # noqa: F401  (it makes its filter that of every day)
)
from .operations import MOST_ROWS, Elsewhere, Operation, person
from .pages import OncePages
from .tables import Table, item, named

WORDS = ("name", "code", "reference", "kind", "job", "strategy", "cell")
"""By which of their fields lists without products are searched."""
WHOLE: dict[Any, Any] = {
    PositiveIntegerField: {"max_value": 2**31 - 1, "widget": AdminIntegerFieldWidget},
    PositiveSmallIntegerField: {"max_value": 2**15 - 1, "widget": AdminIntegerFieldWidget},
}
"""The most that whole numbers may be in any database: SQLite keeps more, and no list could add them up."""


class ItemList(CarefulList):
    """
    The list, whose products know whether they are popular: one statement for a page of them.

    :ivar wider: what its term may mean besides, asked where nothing was found; until then None
    """

    wider: Q | None = None

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        if self.wider is None:
            return super().get_queryset(request, exclude_parameters)
        term, self.query = self.query, ""
        try:
            return narrowed(super().get_queryset(request, exclude_parameters), self.wider)
        finally:
            self.query = term

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        desk = self.model_admin
        if not isinstance(desk, Desk):
            return
        if self.query and not self.result_count and (wider := desk.wider(self.query.strip())) != NOTHING:
            self.wider = wider
            self.queryset = self.get_queryset(request)
            super().get_results(request)
        if self.is_prepared:
            self.result_list = list(self.result_list)
            self.prepare(self.result_list)

    @property
    def is_prepared(self) -> bool:
        """Whether its columns say more of a row than the row has."""
        return "item" in self.list_display

    def prepare(self, rows: Sequence[Any]) -> None:
        if "item" in self.list_display and isinstance(self.model_admin, Desk):
            popular.mark(filter(None, map(self.model_admin.product_of, rows)))


class Operated(OncePages, Careful):
    """An admin whose rows can be acted on, by whoever may; ``is_written_on``: noted on, and given to people."""

    is_written_on: ClassVar[bool] = False
    operations: ClassVar[tuple[Operation, ...]] = ()
    elsewhere: ClassVar[tuple[Elsewhere, ...]] = ()

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"{operation.name}/",
                self.admin_site.admin_view(partial(self.perform, operation=operation)),
                name=f"{self.opts.app_label}_{self.opts.model_name}_{operation.name}",
            )
            for operation in self.operations
        ]
        return own + super().get_urls()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer the operations that this person may do as actions on the selected rows."""
        actions: dict[str, Any] = super().get_actions(request)
        for operation in self.operations:
            if operation.takes_many and person(request).has_perm(operation.permission):
                actions[operation.name] = (_leads_to(operation), operation.name, operation.label)
        if self.is_written_on:
            actions |= owned.actions(request, self.model)
        return actions

    def buttons(self, request: HttpRequest, row: Any) -> list[tuple[str, str]]:
        """What makes sense for a row and this person may do, and where it leads."""
        by = person(request)
        own = [
            (operation.label, self.operation_url(operation, [row]))
            for operation in self.operations
            if by.has_perm(operation.permission) and operation.applies(row)
        ]
        other = [
            (button.label, button.url(row))
            for button in self.elsewhere
            if by.has_perm(button.permission) and button.applies(row)
        ]
        return own + other

    def operation_url(self, operation: Operation, rows: Iterable[Any]) -> str:
        """The address of an operation on these rows."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{operation.name}"
        return f"{reverse(name)}?ids={','.join(str(row.pk) for row in rows)}"

    def lead(self, request: HttpRequest, rows: QuerySet[Any], operation: Operation) -> HttpResponse | None:
        """Lead from the selected rows of the list to the page of an operation."""
        chosen = list(rows[: MOST_ROWS + 1])
        if len(chosen) > MOST_ROWS:
            self.message_user(request, across.TOO_MANY, messages.WARNING)
            return None
        return HttpResponseRedirect(self.operation_url(operation, chosen))

    def perform(self, request: HttpRequest, operation: Operation) -> HttpResponse:
        """Do an operation to the rows that the address names, as this person's list has them."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        ids = numbers(request.GET.get("ids", ""), MOST_ROWS)
        related = self.list_select_related

        def read() -> list[Any]:
            rows = self.get_queryset(request).filter(pk__in=ids)
            return list(rows.select_related(*related) if isinstance(related, list | tuple) and related else rows)

        if answer := performing.run(self.admin_site, request, operation, read, back=self.page_url, opts=self.opts):
            return answer
        self.message_user(request, "Select at least one row first.", messages.WARNING)
        return HttpResponseRedirect(self.list_url())

    def list_url(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def page_url(self, rows: Sequence[Any]) -> str:
        """The page of the one row, or the list of the many, and of none."""
        if len(rows) != 1:
            return self.list_url()
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[rows[0].pk])


class Desk(Operated):
    """A list with search, filters and operations, and a page with tables about one row."""

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 100
    view_on_site = False
    change_form_template = "admin/sheet.html"
    formfield_overrides: ClassVar[Any] = {DateField: {"form_class": DayField}, **WHOLE}

    class Media:
        css = {"all": ["backoffice/sheets.css"]}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ItemList

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in MOST:
            kwargs["max_value"] = MOST[db_field.name]
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_list_filter(self, request: HttpRequest) -> Any:
        filters = super().get_list_filter(request)
        return (*filters, owned.TurnFilter) if self.is_written_on and self.model is not Alert else filters

    def get_list_display(self, request: HttpRequest) -> Any:
        """Let the columns that name another row lead to it, but for the first, which leads to the row itself."""
        columns = super().get_list_display(request)
        leads = self.get_list_display_links(request, columns)
        keys: dict[Any, Any] = {
            field.name: naming.LinkedColumn(field) for field in self.opts.fields if isinstance(field, ForeignKey)
        }
        return [name if name in leads else keys.get(name, name) for name in columns]

    def product_of(self, row: Any) -> Product | None:
        """Say which product a row is about; the list names it in its column ``item``."""
        product: Product | None = row.product
        return product

    @admin.display(description="product", ordering="product__sku")
    def item(self, row: Any) -> SafeString | str:
        product = self.product_of(row)
        if product and "item" in (self.list_display_links or self.list_display[:1]):
            return named(product.sku, is_popular=product.is_popular)
        return item(product) if product else ""

    def tables(self, request: HttpRequest, row: Any) -> list[Table]:
        """Show what belongs to the row, below its fields."""
        return []

    def recognize(self, term: str) -> Q:
        """Say which rows a search term means: by any part of the product; without one, by a word of the row."""
        names = {field.name for field in self.opts.fields}
        if "product" in names:
            return meant(term, product=Product)
        words = [Q(**{f"{name}__icontains": term}) for name in WORDS if name in names]
        return reduce(or_, words, Q(pk__in=()))

    def wider(self, term: str) -> Q:
        """Say which rows a term may mean besides: asked only where ``recognize`` finds none."""
        return self.model.widely(term) if issubclass(self.model, Folded) else NOTHING

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if term:
            throttle.count(request)
        return (narrowed(queryset, self.recognize(term)) if term else queryset), False

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm, change: bool) -> None:
        """Write only the columns that were changed, so that what the domain wrote meanwhile stands."""
        if change:
            obj.save(update_fields=[name for name in form.changed_data if name in form.cleaned_data])
        else:
            obj.save()

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = kwargs.get("obj")
        if row is not None:
            context |= {"buttons": self.buttons(request, row), "tables": self.tables(request, row)}
            context |= {"title": str(row), "subtitle": None, "show_save_and_add_another": False}
            context["adminform"] = naming.LinkedForm(context["adminform"])
        return super().render_change_form(request, context, *args, **kwargs)


class Kept(Desk):
    """What the domain writes: read-only here, but for operations."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _leads_to(operation: Operation) -> Callable[..., HttpResponse | None]:
    return lambda desk, request, rows: desk.lead(request, rows, operation)
