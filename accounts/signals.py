"""What an account tells the rooms above: each is sent in the transaction that makes the change."""

from django.dispatch import Signal

# With `person`: their name, whether the account is open, or their list of devices changed.
person_changed = Signal()
# With `device`: it was certified, certified again or withdrawn.
device_changed = Signal()
# With `person` and `device` (32 bytes): the token by which this device was signed in has ended.
signed_off = Signal()
