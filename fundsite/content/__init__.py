"""A site as a folder of Markdown and TOML: reading, applying and writing it."""
