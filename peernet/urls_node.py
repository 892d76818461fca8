"""The pages of a node, for its member."""

from django.urls import include, path

from peernet.health import healthz
from peers import bell, bell_views
from peers.inspection import site

urlpatterns = [
    path("healthz", healthz),
    path(bell.PATH.removeprefix("/"), bell_views.answer),
    path("admin/", site.urls),
    path("", include("peers.member.urls")),
    path("", include("profiles.urls")),
    path("", include("messaging.urls")),
]
