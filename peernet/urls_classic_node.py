"""The classic door of a node: its calls, and nothing else."""

from django.urls import include, path

urlpatterns = [path("", include("peers.older.urls"))]
handler404 = "peers.older.views.not_found"
handler500 = "peers.older.views.failed"
