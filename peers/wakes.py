"""Calls to the threads of a node process, sent after commit but for one. Elsewhere nobody listens: the rows are the
truth.
"""

from django.dispatch import Signal

# With `peer`, the pk of a device: something waits for it.
envelope_waits = Signal()
# Sent right before the commit, with `own` and `peer`, our device and theirs, and `rows`: these will wait for it.
envelopes_come = Signal()
# With `peer`: it has just called us, so it can be reached again. `knocked`: only to say so. `dialled`: by itself, not
# to answer our pull.
peer_heard = Signal()
# With `peer`: we dialled it and it answered, for the first time since it did not.
peer_answered = Signal()
# With `peer`: it keeps a pull open here now; and, before that, it begins to.
pull_held = Signal()
pull_opened = Signal()
# With `peer`: it answered a pull of ours.
pull_answered = Signal()
# Without anything: a device called that we do not know; the login server may.
stranger_called = Signal()
# Without anything: a file may go to a device, or goes no longer.
files_wait = Signal()
# With `transfer`: an incoming file has its last chunk.
file_is_whole = Signal()
