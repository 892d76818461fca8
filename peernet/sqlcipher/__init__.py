"""SQLite, encrypted as a whole, as a Django database."""
