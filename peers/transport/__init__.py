"""How bytes reach another node: HTTPS, pinned to the fingerprint in its card. The one importer of `urllib3`."""
