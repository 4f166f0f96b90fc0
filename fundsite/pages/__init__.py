"""The public pages that are composed of several features, and the rest of the microsite."""
