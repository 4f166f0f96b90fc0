"""All-or-Nothing: cards that are saved, charged once if the goal is reached, and forgotten otherwise."""
