"""Receipts (領収書) and, of a certified body, receipts for gifts (寄附金受領証明書); the list of donors."""
