"""The books: what each pledge brought and cost, entry by entry, and what reached the bank."""
