"""Configurations: network settings for runs.

Source: HealthOmics service model, CreateConfiguration and its siblings; User Guide, "VPC networking for HealthOmics workflows".
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from omics_mock import settings
from omics_mock.backends.base import Backend, Params, given
from omics_mock.exceptions import ConflictException, ResourceNotFoundException, ValidationException
from omics_mock.tables import Record, Table
from omics_mock.validation import rules

if TYPE_CHECKING:
    from omics_mock.backends.region import RegionState
    from omics_mock.neighbours import Network


class Configurations(Backend):
    """Configurations: network settings for runs."""

    operations = (
        "CreateConfiguration",
        "GetConfiguration",
        "ListConfigurations",
        "DeleteConfiguration",
    )
    taggable = ("configuration",)

    def __init__(self, region: RegionState) -> None:
        super().__init__(region)
        self.table: Table[Record] = Table("Configuration")

    def prepare_create_configuration(self, params: Params) -> Network:
        """Look at the subnets and security groups."""
        vpc = params["runConfigurations"].get("vpcConfig", {})
        return self.region.neighbours.network(
            vpc.get("subnetIds", []), vpc.get("securityGroupIds", []), vpc.get("vpcOwnerAccountId")
        )

    def create_configuration(self, params: Params, network: Network) -> Record:
        """Register network settings under a name; they never change."""
        name, tags = params["name"], params.get("tags", {})
        run_configurations = dict(params["runConfigurations"])
        if "vpcConfig" in run_configurations:
            run_configurations["vpcConfig"] = _vpc_config(run_configurations["vpcConfig"], network)
        rules.check_tags(tags)
        if name in self.table:
            raise ConflictException(f"Configuration {name} already exists")
        self.check_quota("Maximum configurations", len(self.table) + 1)
        configuration = Record(
            given(params, "name", "description"),
            arn=self.region.arn(f"configuration/{name}"),
            uuid=self.region.ids.uuid(),
            runConfigurations=run_configurations,
            creationTime=settings.clock.now(),
            tags=dict(tags),
        )
        self.region.lifecycles.begin("configuration", configuration, ("CREATING", "ACTIVE"), self._entered)
        return self.table.add(name, configuration)

    def get_configuration(self, params: Params) -> Record:
        """Everything known about a configuration."""
        configuration = self.table.get(params["name"])
        self.region.lifecycles.poll(configuration)
        return configuration

    def list_configurations(self, params: Params) -> dict[str, Any]:
        """All configurations, ten a page."""
        items, token = self.table.page(params, default=10)
        self.region.lifecycles.poll(*items)
        return {"items": items, "nextToken": token}

    def delete_configuration(self, params: Params) -> None:
        """Remove a configuration that no active run uses."""
        configuration = self.table.get(params["name"])
        if configuration.status not in ("ACTIVE", "FAILED"):
            raise ConflictException(f"Configuration {configuration['name']} is {configuration.status}")
        if self.region.runs.under_way("configurationName", configuration["name"]):
            raise ConflictException(f"Configuration {configuration['name']} is used by active runs")
        self.region.lifecycles.begin("configuration", configuration, ("DELETING", "DELETED"), self._entered)

    def find_by_arn(self, resource: str) -> Record | None:
        return self.table.find(resource.partition("/")[2])

    def _entered(self, configuration: Record, status: str, at: datetime) -> None:
        if status == "DELETED":
            self.table.remove(configuration["name"])


def _vpc_config(wanted: Params, network: Network) -> dict[str, Any]:
    """The settings with the VPC they are for: that of the subnets, or one made up for subnets that nobody made."""
    subnets = wanted.get("subnetIds", [])
    for member in ("subnetIds", "securityGroupIds"):
        if not wanted.get(member):
            raise ValidationException(f"runConfigurations.vpcConfig.{member} must not be empty")
        if settings.options().strict and (unknown := [name for name in wanted[member] if name not in network.vpcs]):
            raise ResourceNotFoundException(f"runConfigurations.vpcConfig.{member}: {', '.join(unknown)} not found")
    vpcs = {network.vpcs[name] for name in (*subnets, *wanted["securityGroupIds"]) if name in network.vpcs}
    if len(vpcs) > 1:
        raise ValidationException("runConfigurations.vpcConfig: subnets and security groups must be of one VPC")
    zones = [network.zones[name] for name in subnets if name in network.zones]
    if len(set(zones)) < len(zones):
        raise ValidationException("runConfigurations.vpcConfig.subnetIds: there can be one subnet in an Availability Zone")
    made_up = f"vpc-{hashlib.sha256(min(subnets).encode()).hexdigest()[:17]}"
    return {**wanted, "vpcId": vpcs.pop() if vpcs else made_up}
