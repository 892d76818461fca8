"""Blobs: ciphertext of files on our disk, and on its way from node to node. Nothing here knows a key or a name."""
