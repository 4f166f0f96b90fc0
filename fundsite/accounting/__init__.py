"""The money room: payments and refunds, money that did not come through Stripe, the books."""
