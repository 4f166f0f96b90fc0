"""Campaigns: the project, its goal and next goals, and how far it has come."""
