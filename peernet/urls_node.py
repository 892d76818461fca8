"""The pages of a node."""

from django.urls import path

from peernet.health import healthz

urlpatterns = [path("healthz", healthz)]
