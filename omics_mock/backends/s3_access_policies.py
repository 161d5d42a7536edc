"""S3 access policies of sequence stores.

Source: AWS HealthOmics API Reference, PutS3AccessPolicy, GetS3AccessPolicy, DeleteS3AccessPolicy; User Guide, "Permissions for
data access using Amazon S3 URIs".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from omics_mock import settings
from omics_mock.access_policies import check_policy, prefix_of
from omics_mock.backends.base import Backend, Params
from omics_mock.clock import milliseconds
from omics_mock.exceptions import ResourceNotFoundException

if TYPE_CHECKING:
    from omics_mock.backends.sequence_stores import SequenceStore


class S3AccessPolicies(Backend):
    """S3 access policies of sequence stores, each found by the ARN of its store's access point."""

    operations = (
        "GetS3AccessPolicy",
        "PutS3AccessPolicy",
        "DeleteS3AccessPolicy",
    )

    def put_s3_access_policy(self, params: Params) -> dict[str, Any]:
        """Replace the whole policy."""
        store = self._store(params)
        check_policy(params["s3AccessPolicy"], params["s3AccessPointArn"], prefix_of(self.region.account, store["id"]))
        store.policy, store.policy_time = params["s3AccessPolicy"], milliseconds(settings.clock.now())
        return _answer(store)

    def get_s3_access_policy(self, params: Params) -> dict[str, Any]:
        """The policy as it was put, or the one the store was made with."""
        store = self._store(params)
        if store.policy is None:
            raise ResourceNotFoundException(f"Access point {params['s3AccessPointArn']} has no access policy")
        return _answer(store) | {"s3AccessPolicy": store.policy, "updateTime": store.policy_time}

    def delete_s3_access_policy(self, params: Params) -> None:
        """Shut S3 access off until another policy is put."""
        self._store(params).policy = None

    def _store(self, params: Params) -> SequenceStore:
        store = self.region.sequence_stores.by_access_point(params["s3AccessPointArn"])
        if store is None:
            raise ResourceNotFoundException(f"Access point {params['s3AccessPointArn']} not found")
        return store


def _answer(store: SequenceStore) -> dict[str, Any]:
    return {"s3AccessPointArn": store["s3Access"]["s3AccessPointArn"], "storeId": store["id"], "storeType": "SEQUENCE_STORE"}
