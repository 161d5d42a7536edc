"""Move read sets and a reference with AWS's own client for that, the Omics Transfer Manager, as it is."""

import gzip
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import boto3

from omics_mock import mock_omics

if TYPE_CHECKING:
    TransferManager: Any
else:
    from omics.transfer.manager import TransferManager

ROLE = "arn:aws:iam::123456789012:role/omics"
DATA = Path(__file__).parent.parent / "tests" / "data"


def main() -> None:
    # Parts far smaller than the service's, so that the manager has to put several of them together.
    with TemporaryDirectory() as folder, mock_omics(rules={"part_size": 1000}):
        omics, s3 = boto3.client("omics", "us-east-1"), boto3.client("s3", "us-east-1")
        manager = TransferManager(omics)
        s3.create_bucket(Bucket="genomes")
        s3.upload_file(str(DATA / "ce.fa"), "genomes", "ce.fa")
        references = omics.create_reference_store(name="references")["id"]
        job = omics.start_reference_import_job(
            referenceStoreId=references, roleArn=ROLE, sources=[{"sourceFile": "s3://genomes/ce.fa", "name": "ce10"}]
        )["id"]
        omics.get_waiter("reference_import_job_completed").wait(referenceStoreId=references, id=job)
        reference = omics.list_references(referenceStoreId=references)["references"][0]
        manager.download_reference(references, reference["id"], folder)
        assert Path(folder, "ce10.fasta").read_bytes() == (DATA / "ce.fa").read_bytes()
        assert Path(folder, "ce10.fasta.fai").read_bytes() == (DATA / "ce.fa.fai").read_bytes()

        store = omics.create_sequence_store(name="store")["id"]

        def moved(name: str, file_type: str, *files: Path, **more: str) -> None:
            read_set = manager.upload_read_set([str(file) for file in files], store, file_type, name, "subject", "sample", **more)
            while omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)["status"] == "PROCESSING_UPLOAD":
                pass
            manager.download_read_set(store, read_set, folder)

        pair = [Path(folder, name) for name in ("1.fastq.gz", "2.fastq.gz")]
        for file, plain in zip(pair, ("r1.fq", "r2.fq"), strict=True):
            file.write_bytes(gzip.compress((DATA / plain).read_bytes() * 20))
        moved("pair", "FASTQ", *pair)
        moved("range", "BAM", DATA / "range.bam", reference_arn=reference["arn"])
        moved("range", "CRAM", DATA / "range.cram", reference_arn=reference["arn"])
        # The manager gives whatever is gzip inside the suffix .gz, BAM and CRAM indexes too.
        for came, went in {
            "pair_1.fastq.gz": pair[0],
            "pair_2.fastq.gz": pair[1],
            "range.bam.gz": DATA / "range.bam",
            "range.bam.bai": DATA / "range.bam.bai",
            "range.cram": DATA / "range.cram",
            "range.cram.crai.gz": DATA / "range.cram.crai",
        }.items():
            assert Path(folder, came).read_bytes() == went.read_bytes(), came


if __name__ == "__main__":
    main()
