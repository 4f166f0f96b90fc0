"""Reward tiers: what a backer gets, how many are left, and in which month it is delivered."""
