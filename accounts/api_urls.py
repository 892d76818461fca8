"""Calls for nodes, mounted at /api/v1/ on the TLS door."""

from django.urls import path

from accounts import api, device_api

app_name = "accounts_api"
urlpatterns = [
    path("invitations/start", api.start_invitation, name="start-invitation"),
    path("invitations/finish", api.finish_invitation, name="finish-invitation"),
    path("sign-in", api.sign_in, name="sign-in"),
    path("sign-off", api.sign_off, name="sign-off"),
    path("password", api.change_password, name="password"),
    path("totp/start", api.start_totp, name="start-totp"),
    path("totp/finish", api.finish_totp, name="finish-totp"),
    path("backup-codes", api.backup_codes, name="backup-codes"),
    path("me", api.me, name="me"),
    path("server-key", device_api.server_key, name="server-key"),
    path("server-card", device_api.current_server_card, name="server-card"),
    path("certificate/nonce", device_api.nonce, name="nonce"),
    path("certificate", device_api.certificate, name="certificate"),
    path("statements", device_api.add_statement, name="add-statement"),
    path("people/<uuid:person>/statements", device_api.statements, name="statements"),
    path("withdrawals/since/<int:number>", device_api.withdrawals, name="withdrawals"),
]
