"""Pledges: a supporter's promise of money, from the form to the thank-you mail."""
