"""The post office: addresses, keys and envelopes. It never reads a letter."""
