"""The beginning of an operation that the library does not serve yet: ``omics-mock new-operation``, in a checkout of the library.

``plan`` finds out from botocore's model, and from the operations that are there, where the operation belongs; the plan is a method
that says it is still to be written, tests that fail until it is, and a list of what else there is to do.
"""

from omics_mock.scaffold.plans import NothingToBegin, Plan, plan

__all__ = ["NothingToBegin", "Plan", "plan"]
