"""Everything on one machine, for trying the product: site, worker, a stand-in for Stripe, caught mail, a history."""
