"""What the admin's pages say before something is done, and beside what it made."""

INVITE = (
    "The name is reserved at once. You get a link and a QR code to hand over; with it the person chooses a password "
    "and sets up their phone."
)
DEACTIVATE = (
    "They are signed off everywhere within seconds and cannot sign in any more, and their devices are withdrawn for "
    "good. Invited again, they begin with a new device, and their colleagues are told that their keys have changed."
)
RELEASE = (
    "For a lost, stolen or broken computer. Their devices are withdrawn for good and signed off within seconds. Their "
    "password, phone and backup codes stay. You get a link for their new computer, and their colleagues are told that "
    "their keys have changed."
)
INVITATION = "Hand over the invitation"
ONCE = (
    "Hand each invitation over in person, or by a way that only the two of you use. "
    "It works once, and is not shown again."
)
NEW_COMPUTER = "Hand over the link for the new computer"
BY_LINK = (
    "On the new computer they start PeerNet, choose to use their account there, paste this link, and sign in with "
    "name, password and code. The link opens nothing by itself. Hand it over by a way that only the two of you use all "
    "the same, for it says which login server to believe."
)
AGAIN = (
    "They get a new link and QR code to hand over, and the links that they got before end. Whoever has opened their "
    "account already is left alone."
)
REVOKE = (
    "The programs that use them are refused at once, and whoever has no other leaves the classic list. Their account "
    "and their messages are not touched."
)
WITHDRAW = (
    "A withdrawn device is signed off within seconds, and nobody's node writes to it or hears it any more. This is for "
    "good: the device cannot be certified again, and its person needs another one."
)
