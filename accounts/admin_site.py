"""The admin's pages. Nobody gets in without a second factor."""

from django import forms
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django_otp.admin import OTPAdminSite

from accounts import services
from accounts.errors import AccountError


class SignInForm(AdminAuthenticationForm):
    """Name, password and code in one go, with one answer for everything wrong."""

    code = forms.CharField(max_length=64, widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}))

    def clean(self) -> dict[str, object]:
        data = self.cleaned_data
        if len(data.keys() & {"username", "password", "code"}) < 3:
            return data
        address = self.request.META.get("REMOTE_ADDR", "")
        try:
            person = services.prove(data["username"], data["password"], data["code"], address)
            if not person.is_staff:
                raise services.SignInRefused
        except AccountError as err:
            raise ValidationError(err.sentence, code=err.code) from err
        services.note(services.What.SIGNED_IN, person, address, "admin pages")
        person.backend = "django.contrib.auth.backends.ModelBackend"
        self.user_cache = person
        return data


class ReadOnly(admin.ModelAdmin):
    """A list to look at."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class AdminSite(OTPAdminSite):
    site_header = site_title = "PeerNet"
    index_title = "People"
    site_url = None
    login_form = SignInForm
    login_template = "accounts/admin_login.html"


site = AdminSite("admin")
