"""The admin is the product; everything else hangs below it."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from backoffice.screens.welcoming import Welcome
from orders.wording import links

from . import screens
from .web import restock_pages, webhooks

handler400 = "backoffice.web.refusing.bad_request"
handler403 = "backoffice.web.refusing.forbidden"
handler404 = "backoffice.web.refusing.not_found"
handler500 = "backoffice.web.refusing.failed"

_pages, _app, _name = admin.site.urls

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("anymail/<str:provider>/tracking/", webhooks.reports, name="mail_reports"),
    path(links.PATH.lstrip("/"), include("orders.pages.urls")),
    path("restock/", restock_pages.form, name="restock"),
    path("restock/ask/", restock_pages.endpoint, name="restock_ask"),
    path("restock/confirm/<str:token>/", restock_pages.confirm, name="restock_confirm"),
    path("restock/leave/<str:token>/", restock_pages.leave, name="restock_leave"),
    path("welcome/<uidb64>/<token>/", Welcome.as_view(), name="welcome"),
    path("admin/", ([*screens.urls(admin.site), *_pages], _app, _name)),
]
