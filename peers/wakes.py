"""Calls to the threads of a node process, sent after commit. Elsewhere nobody listens: the rows are the truth."""

from django.dispatch import Signal

# With `peer`, the pk of a device: something waits for it.
envelope_waits = Signal()
# With `peer`: it has just called us, so it can be reached again; and `knocked`, whether only to say so.
peer_heard = Signal()
# Without anything: a device called that we do not know; the login server may.
stranger_called = Signal()
# Without anything: a file may go to a device, or goes no longer.
files_wait = Signal()
# With `transfer`: an incoming file has its last chunk.
file_is_whole = Signal()
