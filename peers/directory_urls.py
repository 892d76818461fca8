"""Calls about the directory, mounted at /api/v1/ on the login server's TLS door."""

from django.urls import path

from peers import directory_api

app_name = "directory_api"
urlpatterns = [
    path("card", directory_api.card, name="card"),
    path("presence", directory_api.report, name="presence"),
    path("changes", directory_api.changes, name="changes"),
]
