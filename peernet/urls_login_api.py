"""What nodes may call on the login server."""

from django.urls import include, path

from peernet.health import healthz

urlpatterns = [
    path("healthz", healthz),
    path("api/v1/", include("accounts.api_urls")),
    path("api/v1/", include("peers.directory_urls")),
]
# Nodes read JSON, also when they ask for what is not there.
handler400 = "accounts.wire.malformed"
handler404 = "accounts.wire.not_found"
handler500 = "accounts.wire.failed"
