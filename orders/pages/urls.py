"""The addresses of an order's page, behind its token."""

from django.urls import path

from . import views

urlpatterns = [
    path("<str:token>/", views.look, name="order_page"),
    path("<str:token>/<slug:name>/", views.act, name="order_page_act"),
]
