"""The ways in and out of a node."""

from django.urls import path

from peers.member import settings_views, views

app_name = "member"
urlpatterns = [
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-off", views.sign_off, name="sign-off"),
    path("invitation/", views.invitation, name="invitation"),
    path("invitation/code/", views.invitation_code, name="invitation-code"),
    path("computer/", views.computer, name="computer"),
    path("settings/", settings_views.settings_page, name="settings"),
    path("settings/appearance", settings_views.appearance, name="appearance"),
    path("settings/browsers", settings_views.end_others, name="end-others"),
    path("settings/blocked", settings_views.block, name="block"),
    path("settings/password", settings_views.password, name="password"),
    path("settings/backup-codes", settings_views.backup_codes, name="backup-codes"),
    path("settings/phone", settings_views.phone, name="phone"),
    path("settings/phone/code", settings_views.phone_code, name="phone-code"),
    path("people/<uuid:person>/keys", views.judge_keys, name="keys"),
]
