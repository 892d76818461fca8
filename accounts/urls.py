"""Browser pages on the admin's door."""

from django.urls import path

from accounts import app_password_views, views

app_name = "accounts"
urlpatterns = [
    path("invitation/", views.start, name="invitation"),
    path("invitation/finish/", views.finish, name="finish-invitation"),
    path("computer/", views.computer, name="computer"),
    path("app-passwords/", app_password_views.page, name="app-passwords"),
    path("app-passwords/make/", app_password_views.make, name="make-app-password"),
    path("app-passwords/<int:pk>/revoke/", app_password_views.revoke, name="revoke-app-password"),
    path("app-passwords/sign-off/", app_password_views.sign_off, name="app-passwords-sign-off"),
]
