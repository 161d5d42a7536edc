"""Every file of tests/data has an expectation, as every type it might be given as."""

import re

import pytest

from tests.support.sequences import DATA, data, look, look_at_reference, refusal

pytestmark = pytest.mark.inferred

NO_SEQUENCES = {"README.md", "LICENSE-htslib", "LICENSE-biopython"}

# Type, reads, bases; and whether there is an index.
READ_SETS = {
    "example.fastq.gz": ("FASTQ", 3, 75, False),
    "ex1.bam": ("BAM", 3270, 115_249, True),
    "r1.fq": ("FASTQ", 5, 500, False),
    "r2.fq": ("FASTQ", 5, 500, False),
    "range.bam": ("BAM", 112, 11_200, True),
    "range.cram": ("CRAM", 112, 11_200, True),
    "tricky.fastq": ("FASTQ", 4, 144, False),
}
REFERENCES = {"ce.fa": True, "nucleotide_lib.fa": True}
NEITHER = {"ce.fa.fai", "ce_1000.sam", "error_trunc_at_qual.fastq", "gff_file.gff", "index.vcf", "range.bam.bai", "range.cram.crai"}


@pytest.mark.parametrize("name", READ_SETS)
def test_read_sets(name: str) -> None:
    file_type, reads, bases, indexed = READ_SETS[name]
    found = look(file_type, data(name), reference=data("ce.fa"))
    assert found.sequence_information["totalReadCount"] == reads
    assert found.sequence_information["totalBaseCount"] == bases
    assert (found.index is not None) == indexed


def test_the_two_fastq_files_of_htslib_are_a_pair() -> None:
    found = look("FASTQ", data("r1.fq"), data("r2.fq"))
    assert found.sequence_information == {"alignment": "UNALIGNED", "totalReadCount": 10, "totalBaseCount": 1000}
    assert "names" in refusal("FASTQ", data("r1.fq"), data("r2.fq").replace(b"70726#49/2", b"70727#49/2"))


@pytest.mark.parametrize("name", REFERENCES)
def test_references(name: str) -> None:
    assert (look_at_reference(data(name)).index is not None) == REFERENCES[name]


@pytest.mark.parametrize("file_type", ["FASTQ", "BAM", "UBAM", "CRAM", "FASTA"])
@pytest.mark.parametrize("name", sorted(READ_SETS.keys() | REFERENCES.keys() | NEITHER))
def test_a_file_is_refused_as_whatever_it_is_not(name: str, file_type: str) -> None:
    suits = {READ_SETS.get(name, (None,))[0], "FASTA" if name in REFERENCES else None}
    if file_type not in (suits | {"UBAM"} if "BAM" in suits else suits):
        assert refusal(file_type, data(name), reference=data("ce.fa"))


def test_no_file_is_without_expectation_or_provenance() -> None:
    names = {path.name for path in DATA.iterdir()}
    assert names == READ_SETS.keys() | REFERENCES.keys() | NEITHER | NO_SEQUENCES
    listed = re.findall(r"^\| `(.+?)` \|", data("README.md").decode(), re.MULTILINE)
    assert sorted([*listed, *NO_SEQUENCES]) == sorted(names)
