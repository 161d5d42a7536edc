"""The mock answers each probe as it expects, and as the target does if there is one."""

import pytest

from tests.verify.compare import Comparison, Probe, differences, observe, observe_the_mock
from tests.verify.probes import PROBES


@pytest.mark.parametrize("probe", PROBES)
def test_the_mock_answers_as_it_should(probe: Probe, comparison: Comparison) -> None:
    target = comparison.target
    region, bucket = (target.region, target.bucket) if target else ("us-east-1", "a-bucket")
    seen = observe_the_mock(probe, region, bucket)
    assert [(call.operation, call.code) for call in seen] == [(call.operation, call.refusal) for call in seen]
    if target:
        found = differences(probe.__name__, seen, observe(probe, target.client, bucket))
        comparison.compared += len(seen)
        comparison.found += found
        assert found == []
