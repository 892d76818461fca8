"""The classic door of the login server: its five calls, and nothing else."""

from django.urls import include, path

urlpatterns = [path("", include("peers.older.login_urls"))]
handler404 = "peers.older.login_api.not_found"
