"""A local stand-in for Stripe: HTTP API, payment page and webhooks, with nothing of the product inside."""

from fundsite.sandbox.app import SandboxServer, close_sandbox, create_sandbox
from fundsite.sandbox.config import SandboxConfig

__all__ = ["SandboxConfig", "SandboxServer", "close_sandbox", "create_sandbox"]
