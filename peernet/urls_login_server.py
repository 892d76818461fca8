"""The admin's pages of the login server."""

from django.urls import include, path

from accounts.admin_site import site
from peernet.health import healthz

urlpatterns = [path("healthz", healthz), path("admin/", site.urls), path("", include("accounts.urls"))]
