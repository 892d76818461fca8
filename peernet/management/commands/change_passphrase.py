"""manage.py change_passphrase: another passphrase for the database's key."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from peernet import database_key


class Command(BaseCommand):
    help = (
        "Change the passphrase that wraps the database's key. Both are typed, or come from files or the environment: "
        "PEERNET_PASSPHRASE_FILE or PEERNET_PASSPHRASE, PEERNET_NEW_PASSPHRASE_FILE or PEERNET_NEW_PASSPHRASE. "
        "It works while PeerNet runs."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PEERNET_KEY != "passphrase":
            raise CommandError("No passphrase is in use here: the key lies in a key file (PEERNET_KEY=file).")
        try:
            old = database_key.ask_passphrase()
            database_key.change_passphrase(settings.PEERNET_HOME, old, database_key.ask_new_passphrase())
        except ImproperlyConfigured as err:
            raise CommandError(str(err)) from err
        self.stdout.write("The passphrase is changed. The next start asks for the new one.")
        self.stdout.write("A backup of the old key file still opens with the old one: destroy it if that is known.")
