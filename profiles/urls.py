"""The pages of people."""

from django.urls import path

from profiles import safety_views, views

app_name = "profiles"
urlpatterns = [
    path("me/", views.me, name="me"),
    path("me/preview", views.preview, name="preview"),
    path("me/status", views.say, name="status"),
    path("people/", views.people, name="people"),
    path("people/<uuid:person>/", views.person, name="person"),
    path("people/<uuid:person>/profile", views.ask, name="ask"),
    path("people/<uuid:person>/safety", safety_views.safety, name="safety"),
    path("people/<uuid:person>/safety/emoji", safety_views.compare, name="compare"),
    path("people/<uuid:person>/safety/scan", safety_views.scan, name="scan"),
    path("people/<uuid:person>/picture", views.picture, name="picture"),
]
