"""The pages of a node, for its member."""

from django.urls import include, path

from peernet.health import healthz

urlpatterns = [
    path("healthz", healthz),
    path("", include("peers.member.urls")),
    path("", include("profiles.urls")),
    path("", include("messaging.urls")),
]
