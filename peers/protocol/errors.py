"""What can be wrong with bytes that a peer sent."""


class ProtocolError(Exception):
    """A peer sent something that does not follow the protocol."""


class Malformed(ProtocolError):
    """The bytes are not an encoding of what they should be."""


class TooLarge(ProtocolError):
    """The value is larger than the protocol allows."""


class BadSignature(ProtocolError):
    """The signature does not belong to the key and the purpose that it is claimed for."""


class CannotOpen(ProtocolError):
    """No key or session that we hold opens these bytes."""


class WrongRecipient(ProtocolError):
    """The bytes are addressed to another device."""


class BrokenChain(ProtocolError):
    """A list of device statements has a link that nobody on the list could have made."""
