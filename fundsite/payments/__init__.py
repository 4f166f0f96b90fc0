"""The door to the payment service: what the product asks of it, and Stripe's answer to that."""
