"""The smallest files that are what they are said to be: they stand for sources in buckets that nobody made."""

from __future__ import annotations

import gzip
import hashlib
import struct
import zlib

from omics_mock.sequences.packing import BGZF_END

_HEADER = b"@HD\tVN:1.6\tSO:unsorted\n"

# CRAM 3.1 as its specification lays it out: the container of the header, and the one that ends every file.
_CRAM_HEADER = bytes.fromhex("600000000000000000000202003ab933e73200000031312d000000")
_CRAM_HEADER += b"@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:sample\tLN:64\n"
_CRAM_HEADER += bytes.fromhex("eac079790000001d1d00000000000000000000000000000000000000000000000000000000000ca13168")
_CRAM_END = bytes.fromhex("0f000000ffffffff0fe0454f4600000000010005bdd94f0001000606010001000100ee63014b")


def sample(file_type: str, name: str) -> bytes:
    """A small file of the type (``FASTQ``, ``UBAM``, ``BAM``, ``CRAM`` or ``FASTA``); another ``name``, another content."""
    digest = hashlib.sha512(name.encode()).digest()
    bases = "".join("ACGT"[byte & 3] for byte in digest)
    match file_type:
        case "FASTQ":
            return gzip.compress(f"@sample\n{bases}\n+\n{'I' * len(bases)}\n".encode(), mtime=0)
        case "FASTA":
            return f">sample\n{bases}\n".encode()
        case "CRAM":
            return b"CRAM\x03\x01" + digest[:20] + _CRAM_HEADER + _CRAM_END
    header = _HEADER + f"@CO\t{digest.hex()}\n".encode()
    return _bgzf(b"BAM\1" + struct.pack("<i", len(header)) + header + struct.pack("<i", 0)) + BGZF_END


def _bgzf(data: bytes) -> bytes:
    """One block of BGZF: gzip that says how long it is."""
    deflate = zlib.compressobj(wbits=-15)
    packed = deflate.compress(data) + deflate.flush()
    begin = bytes.fromhex("1f8b08040000000000ff060042430200")
    return begin + struct.pack("<H", len(packed) + 25) + packed + struct.pack("<II", zlib.crc32(data), len(data))
