"""Activity reports: what a campaign tells its backers and the public."""
