"""Files in conversations: their names, types and keys. The post office moves what is sealed here."""
