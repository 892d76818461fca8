"""The classic login server's door."""

from django.urls import path

from peers.older import login_api

urlpatterns = [
    path("listAPI", login_api.list_api),
    path("listUsers", login_api.list_users),
    path("report", login_api.report),
    path("logoff", login_api.log_off),
    path("getList", login_api.get_list),
]
