"""What only Made Open promises."""

from harness.checks.each_aspect import each_aspect
from harness.platforms.made_open.checks import cache, credentials_decrypt, search
from harness.platforms.made_open.rows import AUDIT_LOG

CHECKS = (
    *each_aspect(AUDIT_LOG.table),
    *credentials_decrypt.CHECKS,
    *cache.CHECKS,
    *search.CHECKS,
)
