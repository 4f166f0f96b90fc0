"""fundsite: a crowdfunding microsite that a non-profit runs itself."""
