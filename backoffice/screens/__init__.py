"""Screens that see both orders and suppliers. ``urls`` names those that the admins of the apps link to."""

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path

from backoffice.figures import page
from backoffice.web.limits import patient

from . import exporting, ordering, receiving, supplying, unreceiving
from .dating import dates, in_parts, whole_dates
from .notebook import acting, colleagues, follow, inbox, viewing
from .shipping import desk
from .working import listing


def urls(site: AdminSite) -> list[URLPattern]:
    """Give the addresses of these screens, each behind the site's log-in and its own permission."""
    return [
        path("order-product/<int:pk>/", site.admin_view(supplying.order_product), {"site": site}, name="order_product"),
        path("inbound-order/<int:pk>/", site.admin_view(supplying.inbound_order), {"site": site}, name="inbound_order"),
        path("working-list/", site.admin_view(listing.working_list), {"site": site}, name="working_list"),
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
        *_unreceiving(site),
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
        path(
            "new-date/inbound/<int:pk>/parts/",
            patient(site.admin_view(in_parts.confirm)),
            {"site": site},
            name="confirm_in_parts",
        ),
        path("figures/", site.admin_view(page.figures), {"site": site}, name="figures"),
        path("shipping-desk/", patient(site.admin_view(desk.desk)), {"site": site}, name="shipping_desk"),
        path("export/<str:name>/<str:kind>/", site.admin_view(exporting.export), name="list_export"),
        *_notebook(site),
    ]


def _unreceiving(site: AdminSite) -> list[URLPattern]:
    screens = {
        "purchase-order": unreceiving.purchase_order,
        "transfer": unreceiving.transfer,
        "inbound": unreceiving.inbound,
    }
    return [
        path(
            f"unreceive/{name}/<int:pk>/",
            patient(site.admin_view(screen)),
            {"site": site},
            name=f"unreceive_{name.replace('-', '_')}",
        )
        for name, screen in screens.items()
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
