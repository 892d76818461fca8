"""The pages of conversations, with as much of the rest of the wiring as their links need."""

from importlib.util import find_spec

from django.urls import include, path

urlpatterns = [path("", include("profiles.urls")), path("", include("messaging.urls"))]
if find_spec("peers.member.urls"):
    urlpatterns.insert(0, path("", include("peers.member.urls")))
