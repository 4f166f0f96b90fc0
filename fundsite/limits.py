"""How often one address may do what costs us or a supporter something."""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, strategy="moving-window", headers_enabled=False)

# A person who mistypes stays far below; a program that tries stolen cards does not.
pledge_limit = limiter.limit("60 per minute; 600 per hour", methods=["POST"])
sign_in_limit = limiter.limit("20 per minute; 100 per hour", methods=["POST"])
follow_limit = limiter.limit("10 per minute; 60 per hour", methods=["POST"])
