"""Whatever happens in whatever order: what there is stays consistent, and a snapshot brings it back."""

from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from omics_mock import mock_omics
from omics_mock.lifecycle import KINDS as JOURNEYS
from tests.support.everything import FRIEND, Client, steps
from tests.support.overview import KINDS, Overview, ask, is_found, overview
from tests.test_snapshots import NOW, prepare

ACCOUNT, REGION = "123456789012", "us-east-1"
POLICIES: list[Any] = ["observed", "immediate", "frozen", 60.0]
CHANGE_TAGS = ("tag", "untag", "update_sequence_store")


class History(RuleBasedStateMachine):
    """Steps of all kinds; after each, everything is looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.mock = mock_omics(now=NOW)
        self.mock.start()
        self.user = Client(self.mock)
        self.size = 2
        self.step = ""
        self.before: Overview = {}
        self.snapshots: list[tuple[Any, Any, Overview, datetime]] = []

    def teardown(self) -> None:
        self.mock.stop()

    @initialize(data=st.data(), size=st.integers(1, 3))
    def begin(self, data: st.DataObject, size: int) -> None:
        self.size = size
        for kind in JOURNEYS:
            self.mock.lifecycle(kind, data.draw(st.sampled_from(POLICIES)))
        prepare(self.user)
        self.before = overview(ACCOUNT, REGION, self.size)

    @rule(name=st.sampled_from(steps()), number=st.integers(0, 11))
    def take_a_step(self, name: str, number: int) -> None:
        self.step = name
        self.user.take(name, number)

    @rule()
    def take_a_snapshot(self) -> None:
        self.step = "snapshot"
        taken = self.mock.snapshot()
        self.snapshots.append((taken, self.user.memory, overview(ACCOUNT, REGION, 100), self.mock.clock.now()))

    @precondition(lambda self: self.snapshots)
    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        self.step = "restore"
        at = data.draw(st.integers(0, len(self.snapshots) - 1))
        taken, memory, seen, now = self.snapshots[at]
        del self.snapshots[at + 1 :]
        self.mock.restore(taken)
        self.user.memory = memory
        self.before = overview(ACCOUNT, REGION, self.size)
        assert self.before == seen
        assert self.mock.clock.now() == now

    @invariant()
    def everything_is_consistent(self) -> None:
        if not self.before:
            return
        now = overview(ACCOUNT, REGION, self.size)
        assert {name: list(shown) for name, shown in now.items()} == {
            name: list(shown) for name, shown in overview(ACCOUNT, REGION, 100).items()
        }
        self.times_are_ordered(now)
        self.what_is_named_is_there(now)
        self.counts_add_up(now)
        self.nothing_comes_back(now)
        self.tags_follow(now)
        overview(FRIEND, REGION, self.size)
        self.before = now

    def times_are_ordered(self, now: Overview) -> None:
        latest = self.mock.clock.now()
        for name, shown in now.items():
            for detail in shown.values():
                created = detail.get("creationTime", detail.get("creationJobId") and latest)
                times = [
                    moment
                    for member in ("creationTime", "startTime", "stopTime", "completionTime")
                    if (moment := detail.get(member)) is not None
                ]
                assert times == sorted(times), f"{name} {detail}"
                assert all(moment <= latest for moment in times), f"{name} {detail}"
                if "updateTime" in detail and created:
                    assert created <= detail["updateTime"] <= latest, f"{name} {detail}"

    def what_is_named_is_there(self, now: Overview) -> None:
        for name, shown in now.items():
            for detail in shown.values():
                for member, kind in (
                    ("sequenceStoreId", "store"),
                    ("referenceStoreId", "reference store"),
                    ("runGroupId", "group"),
                ):
                    if (
                        detail.get(member)
                        and kind in now
                        and not (member == "runGroupId" and detail["status"] in KINDS["run"].ends)
                    ):
                        assert (detail[member],) in now[kind], f"{name} {detail} names a {kind} that is not there"
        for share in now["share"].values():
            assert is_found(ACCOUNT, REGION, "ListTagsForResource", {"resourceArn": share["resourceArn"]})
        for word, stores in (("variant", "variants"), ("annotation", "annotations")):
            for job in now[f"{word} import"].values():
                if job["status"] in ("SUBMITTED", "IN_PROGRESS"):
                    assert (job["destinationName"],) in now[stores]
        arns = {reference["arn"] for reference in now["reference"].values()}
        for store in (*now["variants"].values(), *now["annotations"].values()):
            if "reference" in store:
                assert store["reference"]["referenceArn"] in arns

    def counts_add_up(self, now: Overview) -> None:
        for store in now["annotations"].values():
            assert store["numVersions"] == sum(key[0] == store["name"] for key in now["annotation version"])
        for batch in now.get("batch", {}).values():
            known = ask(ACCOUNT, REGION, "ListRunsInBatch", {"batchId": batch["id"]})["runs"]
            runs = [run for run in now["run"].values() if run.get("batchId") == batch["id"]]
            assert {run["id"] for run in runs} <= {run["runId"] for run in known if "runId" in run}
            assert all(count >= 0 for count in (batch.get("submissionSummary") or {}).values())
            assert sum((batch.get("runSummary") or {}).values()) <= batch["totalRuns"]
        for group in now["group"].values():
            filtered = ask(ACCOUNT, REGION, "ListRuns", {"runGroupId": group["id"]})["items"]
            assert {run["id"] for run in filtered} == {
                run["id"] for run in now["run"].values() if run.get("runGroupId") == group["id"]
            }

    def nothing_comes_back(self, now: Overview) -> None:
        for name, shown in self.before.items():
            kind = KINDS[name]
            for key, detail in shown.items():
                there = now[name].get(key)
                if there is not None and detail.get("status") in kind.ends:
                    assert there["status"] in (detail["status"], "DELETING"), f"{name} {key} was {detail['status']}: {there}"
                if there is None and kind.tagged:
                    arn = detail[kind.tagged]
                    assert not is_found(ACCOUNT, REGION, "ListTagsForResource", {"resourceArn": arn}), (
                        f"{arn} is gone, its tags are not"
                    )

    def tags_follow(self, now: Overview) -> None:
        if self.step in CHANGE_TAGS:
            return
        for name, shown in self.before.items():
            for key, detail in shown.items():
                there = now[name].get(key)
                if there is not None and KINDS[name].tagged and there[KINDS[name].tagged] == detail[KINDS[name].tagged]:
                    same = there.get("creationTime") == detail.get("creationTime") and there.get("id") == detail.get("id")
                    assert not same or there["tags"] == detail["tags"], f"{self.step} changed tags of {name} {key}"


def test_whatever_happens_what_there_is_stays_consistent(examples: int) -> None:
    run_state_machine_as_test(
        History,
        settings=settings(
            max_examples=max(2, examples // 2),
            stateful_step_count=30,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
            deadline=None,
        ),
    )
