"""The classic dialect (docs/classic.md): pure, text in and values out. Nothing in it proves who sent something."""
