"""What older nodes are told of the member: the lines of the profile, and how the member is. No picture."""

from peers import hooks
from profiles.own import own_profile
from profiles.payloads import State
from profiles.status import shown_of_own

# As the classic protocol spells them.
STATUSES = {
    State.ONLINE.value: "Online",
    State.IDLE.value: "Idle",
    State.AWAY.value: "Away",
    State.BUSY.value: "Do Not Disturb",
}


@hooks.tells_classic_profile
def tell() -> hooks.ClassicProfile:
    """Return what the member shows everybody."""
    own = own_profile()
    return hooks.ClassicProfile(
        full_name=own.full_name,
        position=own.position,
        description=own.description,
        location=own.location,
        updated_at=own.updated_at,
        status=STATUSES.get(shown_of_own().state, "Offline"),
    )
