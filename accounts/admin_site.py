"""The admin's pages. Nobody gets in without a second factor."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django_otp.admin import OTPAdminSite

from accounts import services
from accounts.errors import AccountError
from accounts.forms import PasswordForm
from accounts.wire import address_of

View = Callable[..., HttpResponse]
EVERYWHERE = "Every other session of yours ends as well, on your node too."


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


def titled(title: str, kind: type[admin.FieldListFilter]) -> type[admin.FieldListFilter]:
    """Return a filter that is called so, and not by its column."""

    class Titled(kind):  # type: ignore[misc, valid-type]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.title = title

    return Titled


class Listed(admin.ModelAdmin):
    """A list that is called by what stands in it."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = str(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title[:1].upper() + title[1:], **(extra_context or {})})


class ReadOnly(Listed):
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

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Guard a page: strangers sign in, and whoever is signed in without being an admin gets 403."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def admins_only(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated and not request.user.is_staff and view != self.logout:
                raise PermissionDenied
            return guarded(request, *args, **kwargs)

        return admins_only

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Change one's own password, against the old one and a code. Every session ends, this one included."""
        form = PasswordForm(request.POST or None)
        if form.is_valid():
            data = form.cleaned_data
            try:
                services.change_password(
                    request.user, data["password"], data["code"], data["new_password"], address_of(request)
                )
            except AccountError as err:
                form.add_error(None, err.sentence)
            else:
                return redirect("admin:login")
        return show_form(request, form, "Change your password", EVERYWHERE, "Change it, and sign in again")

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Django's own way to change a password asks for no code: there is only ours."""
        return redirect("admin:index")


site = AdminSite("admin")


def show_form(request: HttpRequest, form: forms.Form, title: str, lead: str, button: str) -> HttpResponse:
    """Show a form of the admin's pages, with what was wrong with it."""
    context = site.each_context(request) | {"form": form, "title": title, "lead": lead, "button": button}
    response = render(request, "accounts/admin_form.html", context, status=422 if form.is_bound else 200)
    response["Cache-Control"] = "no-store"
    return response
