"""What one sandbox is told when it starts."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SandboxConfig:
    """Settings of one sandbox: keys are whatever the caller invents; times are in seconds."""

    secret_key: str
    webhook_secret: str  # several, separated by commas, sign like a secret that is being rolled
    webhook_url: str | None = None
    data: Path | None = None  # None: in memory, gone with the process
    public_url: str | None = None  # None: whatever address the request came to
    settle_after: float = 1.0  # until a charge has its fee, or a slow refund ends
    retry_first: float = 1.0
    retry_cap: float = 3600.0
    give_up_after: float = 3 * 86400.0
    delivery_timeout: float = 10.0
    delivery_workers: int = 4
    tick: float = 0.2
    seed: int | None = None
    requests_per_second: int | None = None  # more are answered with 429; None: as many as come
