"""The keys of moto's KMS."""

from __future__ import annotations

import sys
from typing import Any


def state_of(arn: str) -> str | None:
    """The state of a key, in KMS's words, by its ARN or that of an alias; None when there is none."""
    if "moto.kms.models" not in sys.modules:  # nobody can have made a key
        return None
    from moto.backends import get_backend

    _, _, _, region, account, name = arn.split(":", 5)
    accounts: Any = get_backend("kms")
    kms = accounts.get(account, {}).get(region)
    if kms is None or (name.startswith("alias/") and not kms.alias_exists(name)):
        return None
    key = kms.keys.get(kms.any_id_to_key_id(arn))
    return None if key is None else str(key.key_state)
