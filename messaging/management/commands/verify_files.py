"""manage.py verify_files: is every file still what it was?"""

from typing import Any

from django.core.management.base import CommandError

from accounts.roles import RoleCommand
from messaging.files.checking import check_all
from messaging.files.sizes import size_text


class Command(RoleCommand):
    help = "Hash every file that is stored here anew, and tell which are damaged. Ends with 1 if any is."

    def handle(self, *args: Any, **options: Any) -> None:
        count = size = bad = 0
        for checked in check_all():
            count, size = count + 1, size + checked.size
            if checked.problem:
                bad += 1
                self.stdout.write(f"{checked.name} ({size_text(checked.size)}): {checked.problem}")
        self.stdout.write(
            f"{count} {'file' if count == 1 else 'files'}, {size_text(size)}: {count - bad} as they were."
        )
        if bad:
            raise CommandError(f"{bad} damaged. Put back the folder blobs from a backup, or ask for the files again.")
