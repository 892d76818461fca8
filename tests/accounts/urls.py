"""The accounts pages and calls, without the rest of the wiring."""

from django.urls import include, path

from accounts.admin_site import site

urlpatterns = [
    path("admin/", site.urls),
    path("api/v1/", include("accounts.api_urls")),
    path("", include("accounts.urls")),
]
