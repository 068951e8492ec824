"""The admin is the product; everything else hangs below it."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from backoffice.screens.welcoming import Welcome

from . import screens
from .web import webhooks

handler400 = "backoffice.web.refusing.bad_request"
handler403 = "backoffice.web.refusing.forbidden"
handler404 = "backoffice.web.refusing.not_found"
handler500 = "backoffice.web.refusing.failed"

_pages, _app, _name = admin.site.urls

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("anymail/<str:provider>/tracking/", webhooks.reports, name="mail_reports"),
    path("welcome/<uidb64>/<token>/", Welcome.as_view(), name="welcome"),
    path("admin/", ([*screens.urls(admin.site), *_pages], _app, _name)),
]
