"""What `manage.py demo` is made of: accounts, processes, and what is shown of them."""
