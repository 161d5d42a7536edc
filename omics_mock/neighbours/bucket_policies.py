"""What the policy of somebody's bucket means for the service, which comes with a role of its caller.

Source: Amazon S3 User Guide, "Bucket policies"; IAM User Guide, "Policy evaluation logic".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from omics_mock.access_policies import Access, concerns

_ELEMENTS = {"Effect", "Principal", "Action", "Resource"}


def may(access: Access, policy: bytes | str | None, owner: str) -> bool:
    """Whether a bucket lets somebody in: a denial wins, and other accounts than the owner's need a statement that allows it.

    Statements are left out that speak of what nobody here knows, such as the encryption of an upload.
    """
    known = {"aws:SecureTransport": "true", "aws:PrincipalAccount": access.account, "aws:SourceAccount": access.account}
    coming = replace(access, conditions=known)
    effects = {statement["Effect"] for statement in _understood(policy, coming) if concerns(statement, coming)}
    return "Deny" not in effects and (owner == access.account or "Allow" in effects)


def _understood(policy: bytes | str | None, access: Access) -> Iterator[Mapping[str, Any]]:
    statements = json.loads(policy)["Statement"] if policy else []
    keys = {"aws:principalarn", *(key.lower() for key in access.conditions)}
    for statement in statements if isinstance(statements, list) else [statements]:
        conditions = statement.get("Condition", {})
        if statement.keys() >= _ELEMENTS and keys.issuperset(key.lower() for wanted in conditions.values() for key in wanted):
            yield statement
