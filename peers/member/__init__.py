"""The member whose node this is: how they sign in and off, and who may see the pages."""
