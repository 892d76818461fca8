"""What a classic message does not protect, in a line beside it."""

ENCRYPTION = {
    0: "not encrypted: anybody on the way could read it",
    1: "encryption 1, no secret: anybody on the way could read it",
    2: "encryption 2 under a published key: anybody on the way could read it",
    3: "encryption 3, old RSA: hard to read on the way, easy to change",
    4: "encryption 4: not readable on the way, but easy to change",
    5: "encryption 5: not readable on the way, but easy to change",
}


def of_sent(encryption: int) -> str:
    """Return the line beside a message that we sent."""
    return f"Classic, {ENCRYPTION[encryption]}."


def of_left(programs: int, encryption: int) -> str:
    """Return the line beside a message that waits with others."""
    where = "another program" if programs == 1 else f"{programs} other programs"
    return f"Left with {where} until they are back. Classic, {ENCRYPTION[encryption]}."


def of_received(encryption: int, name: str, source: str, listed: str, *, to_group: bool = False) -> str:
    """Return the line beside a message that arrived from an address; `listed` is where the list places the sender."""
    line = f"Classic, {ENCRYPTION[encryption]}. Sender not proven."
    if to_group:
        # Here it stands among what they say to the member alone.
        line += " They sent it to a group; an answer goes to them only."
    if not listed:
        return f"{line} {name[:40]} is not in the list of who is there."
    if listed != source:
        return f"{line} It came from {source}, but the list places {name[:40]} elsewhere."
    return line
