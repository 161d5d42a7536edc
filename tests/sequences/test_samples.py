"""The files that stand for sources nobody made are what they are said to be."""

import pytest

from omics_mock.sequences.samples import sample
from tests.support.sequences import data, look, look_at_reference

pytestmark = pytest.mark.inferred


@pytest.mark.parametrize(
    ("file_type", "reads", "bases", "has_index"),
    [("FASTQ", 1, 64, False), ("BAM", 0, 0, True), ("UBAM", 0, 0, False), ("CRAM", 0, 0, True)],
)
def test_a_sample_is_a_valid_file_of_its_type(file_type: str, reads: int, bases: int, has_index: bool) -> None:
    content = sample(file_type, "s3://bucket/one")
    findings = look(file_type, content, reference=data("ce.fa"), strict=True)
    assert findings.sequence_information["totalReadCount"] == reads
    assert findings.sequence_information["totalBaseCount"] == bases
    assert (findings.index is not None) == has_index


def test_a_sample_reference_is_fasta() -> None:
    assert look_at_reference(sample("FASTA", "s3://bucket/one")).index is not None


@pytest.mark.parametrize("file_type", ["FASTQ", "BAM", "UBAM", "CRAM", "FASTA"])
def test_a_sample_depends_on_its_name_alone(file_type: str) -> None:
    assert sample(file_type, "one") == sample(file_type, "one") != sample(file_type, "two")
