"""Why a file is not taken. The docstring is what we tell the person."""

from messaging.errors import MessagingError
from messaging.files.sizes import size_text


class FileError(MessagingError):
    """This file could not be taken. Nothing was sent."""

    status = 422


class FileTooLarge(FileError):
    """This file is too large to send."""

    status = 413

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(
            f"This file has {size_text(size)}, and {size_text(limit)} is the most that this node sends. "
            "Send it in parts, or ask whoever set up this node to raise the limit."
        )


class NoRoom(FileError):
    """The disk of this computer is too full."""

    status = 507

    def __init__(self, size: int, room: int) -> None:
        super().__init__(
            f"This computer's disk is too full: the file has {size_text(size)}, and there is room for "
            f"{size_text(room)}. Make some room, and send it then."
        )


class TooLargeForThem(FileError):
    """The recipient's node takes no file of this size."""

    status = 413

    def __init__(self, name: str, size: int, limit: int) -> None:
        super().__init__(
            f"This file has {size_text(size)}, and {size_text(limit)} is the most that the node of {name} takes. "
            "Send it in parts, or ask them to raise the limit."
        )


class TooMuchForThem(FileError):
    """The recipient's node has no room for this file."""

    status = 507

    def __init__(self, name: str, size: int, room: int) -> None:
        super().__init__(
            f"This file has {size_text(size)}, and the node of {name} has room for {size_text(room)} of your files. "
            "Ask them to delete some, and send it then."
        )


class TooManyFiles(FileError):
    """That is too many files for one message: 20 is the most. Send the others with the next one."""


class NoName(FileError):
    """This file has no name, or one that cannot be sent. Rename it, and choose it again."""


class TooLargeForClassic(FileError):
    """The classic network, which this person uses, carries no file of this size."""

    status = 413

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(
            f"This file has {size:,} bytes, and the classic network, which this person uses, carries {limit:,} "
            "(5 MiB) at most. Send it in parts, or by another way."
        )


class EmptyForClassic(FileError):
    """This file is empty, and the classic network, which this person uses, carries no empty files."""


class WrongChunk(FileError):
    """This part does not belong to the file that was announced. Choose the file again."""


class OtherFile(FileError):
    """This is another file than the one that was begun, or it changed meanwhile. Remove it and add it again."""

    status = 409


class NotWhole(FileError):
    """This file is not on your node yet. Wait until it is, and send then."""

    status = 409


class NotStripped(FileError):
    """Place, time and camera could not be taken out of a photo. Send it as it is, or remove it, and send again."""

    status = 409


class Damaged(FileError):
    """What arrived is not the file that was announced, so it was thrown away. Choose the file again."""


class NoSuchFile(FileError):
    """This file is not here any more. Choose it again."""

    status = 404
