"""The peers' door. Nothing else is served there."""

from django.urls import path

from peers import views

urlpatterns = [path("peernet/1/bundles", views.bundles, name="bundles")]
