"""What repeats: subscriptions, their invoices, and the portal where a subscriber looks after them."""
