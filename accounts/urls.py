"""Browser pages on the admin's door."""

from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("invitation/", views.start, name="invitation"),
    path("invitation/finish/", views.finish, name="finish-invitation"),
]
