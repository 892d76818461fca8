"""Speaking the classic dialect: the login server's calls, and a node as callee and caller (docs/classic.md)."""
