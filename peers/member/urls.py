"""The ways in and out of a node."""

from django.urls import path

from peers.member import views

app_name = "member"
urlpatterns = [
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-off", views.sign_off, name="sign-off"),
    path("invitation/", views.invitation, name="invitation"),
    path("invitation/code/", views.invitation_code, name="invitation-code"),
    path("people/<uuid:person>/keys", views.judge_keys, name="keys"),
]
