"""The shipping room: what is owed, what goes out together, carrier files, tracking; the backer list and its exports."""
