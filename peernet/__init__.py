"""The wiring: settings, addresses, doors. No domain code."""
