"""Screens that see both orders and suppliers. ``urls`` names those that the admins of the apps link to."""

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path

from backoffice.web.limits import patient

from . import exporting, ordering, receiving, supplying
from .dating import dates, whole_dates
from .notebook import acting, colleagues, follow, inbox, viewing


def urls(site: AdminSite) -> list[URLPattern]:
    """Give the addresses of these screens, each behind the site's log-in and its own permission."""
    return [
        path("order-product/<int:pk>/", site.admin_view(supplying.order_product), {"site": site}, name="order_product"),
        path("inbound-order/<int:pk>/", site.admin_view(supplying.inbound_order), {"site": site}, name="inbound_order"),
        path("order-today/", site.admin_view(ordering.order_today), {"site": site}, name="order_today"),
        path(
            "receive/purchase-order/<int:pk>/",
            patient(site.admin_view(receiving.purchase_order)),
            {"site": site},
            name="receive_purchase_order",
        ),
        path(
            "receive/transfer/<int:pk>/",
            patient(site.admin_view(receiving.transfer)),
            {"site": site},
            name="receive_transfer",
        ),
        path(
            "receive/inbound/<int:pk>/",
            patient(site.admin_view(receiving.inbound)),
            {"site": site},
            name="receive_inbound",
        ),
        path(
            "new-date/inbound/<int:pk>/",
            patient(site.admin_view(dates.reschedule)),
            {"site": site},
            name="reschedule_inbound",
        ),
        path(
            "new-date/inbound/<int:pk>/all/",
            patient(site.admin_view(whole_dates.inbound)),
            {"site": site},
            name="reschedule_all",
        ),
        path(
            "new-date/purchase-order/<int:pk>/",
            patient(site.admin_view(whole_dates.purchase_order)),
            {"site": site},
            name="reschedule_purchase_order",
        ),
        path("export/<str:name>/<str:kind>/", site.admin_view(exporting.export), name="list_export"),
        *_notebook(site),
    ]


def _notebook(site: AdminSite) -> list[URLPattern]:
    on_rows, on_note = site.admin_view(acting.on_rows), site.admin_view(acting.on_note)
    on_view, follows = site.admin_view(viewing.on_view), site.admin_view(follow.on_rows)
    return [
        path("inbox/", site.admin_view(inbox.inbox), {"site": site}, name="inbox"),
        path("note/<str:label>/", on_rows, {"site": site, "what": "note"}, name="note_write"),
        path("give/<str:label>/", on_rows, {"site": site, "what": "assign"}, name="assign_rows"),
        path("names/<str:label>/", site.admin_view(colleagues.named), name="note_names"),
        path("follow/<str:label>/", follows, {"site": site, "what": follow.FollowRows}, name="row_follow"),
        path("follow/<str:label>/stop/", follows, {"site": site, "what": follow.StopFollowing}, name="row_leave"),
        path("note/<int:pk>/edit/", on_note, {"site": site, "what": acting.EditNote}, name="note_reword"),
        path("note/<int:pk>/pin/", on_note, {"site": site, "what": acting.PinNote}, name="note_pin"),
        path("note/<int:pk>/remove/", on_note, {"site": site, "what": acting.RemoveNote}, name="note_remove"),
        path("given/<int:pk>/done/", site.admin_view(acting.finish), {"site": site}, name="assignment_done"),
        path("view/<str:name>/keep/", site.admin_view(viewing.keep), {"site": site}, name="view_keep"),
        path("view/<int:pk>/change/", on_view, {"site": site, "what": viewing.ChangeView}, name="view_change"),
        path("view/<int:pk>/remove/", on_view, {"site": site, "what": viewing.RemoveView}, name="view_remove"),
    ]
