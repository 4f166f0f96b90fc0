"""Support that goes on month by month: what Stripe says of subscriptions, and what supporters do with theirs."""
