"""PeerNet's wire: bytes in, values out, no Django.

`docs/protocol.md` describes every byte; each module here implements one of its sections.
"""
