"""Doors for tests and the demo, under `/_sandbox/`: what only a sandbox can do, one module for each kind of thing."""
