"""A history for the demo: the same backers, sums and comments each time, told as if today were its last day."""

import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fundsite import clock
from fundsite.campaigns.models import Campaign
from fundsite.clock import start_of_day
from fundsite.content.shape import CampaignFile, SiteContent
from fundsite.db import transaction
from fundsite.demo.people import Person, people
from fundsite.mail import OutboxMail
from fundsite.pledges import access
from fundsite.pledges.models import Pledge, PledgeEvent
from fundsite.rewards.models import Reward
from fundsite.settings import current_settings
