"""The peers' door of a node: bundles, and nothing else."""

from django.urls import include, path

urlpatterns = [path("", include("peers.urls"))]
# Nodes read short words, also when they ask for what is not there.
handler404 = "peers.views.not_found"
