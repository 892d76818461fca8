"""What `manage.py doctor` looks at in the post office: the login server, the member's own device, peers, the outbox."""
