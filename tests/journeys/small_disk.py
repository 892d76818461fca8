"""Nodes whose files lie on a small disk: a file system of its own, seen by that process only and gone with it."""

import dataclasses
import subprocess

from tests.journeys.processes import Node

# Mounted where nobody else sees it, so that nothing is left behind, whatever ends the test.
MOUNT = 'mkdir -p "$0" && mount -t tmpfs -o "size=$1,mode=0700" none "$0" && shift && exec "$@"'
ALONE = ["unshare", "--mount", "--propagation", "private"]
# Whoever is not root is root in a namespace of users.
AS_ROOT = ["unshare", "--user", "--map-root-user", "--mount", "--propagation", "private"]


def way_in() -> list[str] | None:
    """Return how a process gets a view of the disks of its own here; None if the system lets nobody."""
    for way in (ALONE, AS_ROOT):
        if subprocess.run([*way, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True).returncode == 0:
            return way
    return None


@dataclasses.dataclass
class SmallDiskNode(Node):
    """`manage.py runnode` with room for so many MiB of files. It loses them when it ends."""

    mib: int = 64

    @property
    def settings(self) -> dict[str, str]:
        return super().settings | {"PEERNET_DISK_FLOOR": "0", "PEERNET_FREE_MIB": "0"}

    @property
    def program_line(self) -> list[str]:
        blobs = str(self.home / "blobs")
        return [*(way_in() or []), "sh", "-c", MOUNT, blobs, f"{self.mib}m", *super().program_line]

    def resize(self, mib: int) -> None:
        """Give the disk another size while the node runs."""
        inside = ["nsenter", "--target", str(self.process.pid), "--mount"]
        if way_in() == AS_ROOT:
            inside += ["--user", "--preserve-credentials"]
        change = ["mount", "-o", f"remount,size={mib}m", str(self.home / "blobs")]
        subprocess.run([*inside, *change], check=True, capture_output=True)


def on_small_disks(node: Node) -> SmallDiskNode:
    """Return the same node with its files on a small disk."""
    fields = {each.name: getattr(node, each.name) for each in dataclasses.fields(node) if each.init}
    return SmallDiskNode(**fields)
