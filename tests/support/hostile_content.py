"""Files that are made to cost whoever reads them: bombs, lies and depths."""

import gzip
import io
import random
import struct
import zipfile
import zlib
from typing import Any, Final

from tests.support.sequences import data
from tests.support.workflows import WDL, archive

_SYMLINK: Final = 0o120777 << 16


def noise(size: int) -> str:
    """Text that can hardly be packed, so that nobody refuses to unpack what it is in."""
    generator = random.Random(size)
    return "".join(f"# {generator.random()}\n" for _ in range(size // 22))


def _packed(method: int, text: bytes, declared: int | None = None) -> bytes:
    """An archive of one main.wdl, which may declare another size than it has."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as opened:
        opened.writestr(zipfile.ZipInfo("main.wdl"), text, method)
    return content.getvalue() if declared is None else lying(content.getvalue(), declared)


def lying(content: bytes, size: int) -> bytes:
    """An archive whose first entry declares that size."""
    changed = bytearray(content)
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = changed.index(signature) + offset
        changed[start : start + 4] = size.to_bytes(4, "little")
    return bytes(changed)


def _entries(*entries: tuple[str, bytes], **attributes: Any) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as opened:
        for name, text in entries:
            info = zipfile.ZipInfo(name)
            for attribute, value in attributes.items():
                setattr(info, attribute, value)
            opened.writestr(info, text)
    return content.getvalue()


def _overlapping() -> bytes:
    """Many entries of the directory that are one file."""
    content = archive({"main.wdl": "x" * 200_000})
    start, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    entry, number = content[start:end], 5_000
    named = b"".join(entry[:46] + b"m%03x.wdl" % at + entry[54:] for at in range(number // 2))
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, number // 2, number // 2, len(named), start, 0)
    return content[:start] + named + tail


def _zip64(size: int) -> bytes:
    """An entry whose size stands in an extra field, as of files beyond 4 GiB."""
    content = bytearray(_entries(("main.wdl", WDL.encode()), extra=struct.pack("<HHQQ", 1, 16, size, size)))
    start = content.index(b"PK\x01\x02")
    content[start + 20 : start + 28] = b"\xff" * 8
    return bytes(content)


def archives() -> dict[str, bytes]:
    """By what is wrong with them."""
    whole = archive()
    return {
        "empty": b"",
        "only the end": b"PK\x05\x06" + b"\0" * 18,
        "no entries": archive({}),
        "in itself": archive({"main.zip": archive({"main.zip": whole})}),
        "a bomb": archive({"main.wdl": b"\0" * (50 << 20)}),
        "many small bombs": archive({f"f{number}.wdl": b" " * (1 << 20) for number in range(60)}),
        "many entries": archive({f"{number}.wdl": "" for number in range(12_000)}),
        "too much declared": lying(whole, 0xFFFF_FFFE),
        "nothing declared": lying(whole, 0),
        "more in zip64": _zip64(1 << 62),
        "nothing in zip64": _zip64(0),
        "a bzip2 bomb that lies": _packed(zipfile.ZIP_BZIP2, b"\0" * (100 << 20), 100),
        "an lzma bomb that lies": _packed(zipfile.ZIP_LZMA, b"\0" * (100 << 20), 100),
        "a deflated bomb that lies": _packed(zipfile.ZIP_DEFLATED, b"\0" * (100 << 20), 100),
        "damaged bzip2": _spoiled(_packed(zipfile.ZIP_BZIP2, WDL.encode())),
        "damaged lzma": _spoiled(_packed(zipfile.ZIP_LZMA, WDL.encode())),
        "damaged deflate": _spoiled(whole),
        "an unknown method": _with_method(whole, 99),
        "a link": _entries(("main.wdl", b"/etc/passwd"), external_attr=_SYMLINK, create_system=3),
        "overlapping": _overlapping(),
        "twice the same": whole[:0] + _twice(),
        "a name of nothing": _entries(("", b"")),
        "a name with NUL": whole.replace(b"main.wdl", b"ma\0n.wdl"),
        "a name that is no text": whole.replace(b"main.wdl", b"\xff\xfe\xfdn.wdl"),
        "a name with lines": _entries(("ma\nin.wdl", WDL.encode())),
        "a long name": _entries(("a" * 65_000 + ".wdl", WDL.encode())),
        "deep folders": _entries(("a/" * 20_000 + "main.wdl", WDL.encode())),
        "a folder as main": _entries(("main.wdl/", b"")),
        "a long comment": whole[:-2] + b"\xff\xff" + b"PK\x05\x06" * 16_000,
        "something before": b"\0" * 100_000 + whole,
        "something after": whole + b"\0" * 100_000,
        "utf-16": archive({"main.wdl": WDL.encode("utf-16")}),
        "a byte order mark": archive({"main.wdl": b"\xef\xbb\xbf" + WDL.encode()}),
        "no text": archive({"main.wdl": bytes(range(256)) * 100}),
        **{f"cut at {part}/9": whole[: len(whole) * part // 9] for part in range(1, 9)},
    }


def _twice() -> bytes:
    """A name that is in the directory twice."""
    return archive({"main.wdl": WDL, "mainx.wd": "junk"}).replace(b"mainx.wd", b"main.wdl")


def _with_method(content: bytes, method: int) -> bytes:
    changed = bytearray(content)
    for signature, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        start = changed.index(signature) + offset
        changed[start : start + 2] = method.to_bytes(2, "little")
    return bytes(changed)


def _spoiled(content: bytes) -> bytes:
    """Bytes of the first entry are others."""
    start = content.index(b"main.wdl") + 12
    return content[:start] + b"\xff\x00\xff\x13" + content[start + 4 :]


DEEP: Final = 10_000

YAML: Final = {
    "billion laughs": "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)),
    "billion merges": "a0: &a0 {x: 1}\n"
    + "".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 12)),
    "in itself": "a: &a [*a]\nb: &b {c: *b}\n",
    "deep lists": "a: " + "[" * DEEP + "]" * DEEP,
    "deep maps": "a: " + "{a: " * DEEP + "}" * DEEP,
    "deep blocks": "".join(f"{' ' * n}a:\n" for n in range(1_500)),
    "deep dashes": "- " * 5_000,
    "a tag": "a: !!python/object/apply:os.system ['true']\n",
    "another tag": "a: !evil {}\nb: !!binary '///'\nc: !!set {a}\n",
    "numbers": f"a: {'9' * 10_000}\nb: .nan\nc: 1e999\nd: 0x{'f' * 5_000}\ne: {':'.join(['59'] * 3_000)}\n",
    "times": "a: 2026-99-99\nb: 0000-00-00T99:99:99Z\nc: 9999-12-31T23:59:59.999999-99:99\n",
    "keys": "? [a, b]\n: c\n? {a: b}\n: d\n1: 2\nnull: 3\n.nan: 4\n",
    "one key again": "a: 1\n" * 5_000,
    "directives": "%YAML 9.9\n%TAG ! tag:x,2000:\n---\na: b\n...\n---\nc: d\n",
    "characters": "a: \u2028\ufeff\x85\nb: '\ud7ff\ue000\U0010ffff'\n",
    "controls": "a: \x00\x07\x1b\n",
    "tabs": "a:\n\t- b\n",
    "anchors": "".join(f"a{n}: &x{n} y\n" for n in range(5_000)),
    "quotes": "a: '" + "''" * 50_000 + "\n",
    "a long line": "a: " + "b " * 100_000,
    "a text of many lines": "a: |\n" + "  b\n" * 20_000,
    "colons": "a" + ": a" * 5_000,
    "questions": "? " * 3_000,
    "ampersands": "&a " * 5_000,
}

WDL_TEXTS: Final = {
    "deep brackets": "version 1.0\nworkflow w { Int i = " + "(" * DEEP + "1" + ")" * DEEP + " }",
    "deep lists": "version 1.0\nworkflow w { Array[Int] i = " + "[" * DEEP + "]" * DEEP + " }",
    "deep types": "version 1.0\nworkflow w { " + "Array[" * DEEP + "Int" + "]" * DEEP + " i }",
    "deep scatters": "version 1.0\nworkflow w {" + "scatter (i in [1]) {" * 2_000 + "}" * 2_000 + "}",
    "deep conditions": "version 1.0\nworkflow w { Int i = " + "if true then 1 else " * 2_000 + "1 }",
    "a long sum": "version 1.0\nworkflow w { Int i = " + "1 + " * 2_000 + "1 }",
    "many negations": "version 1.0\nworkflow w { Boolean b = " + "!" * 5_000 + "true }",
    "deep interpolation": "version 1.0\nworkflow w { String s = " + '"~{' * 500 + "1" + '}"' * 500 + " }",
    "an open string": 'version 1.0\nworkflow w { String s = "' + "a" * 100_000,
    "an open command": "version 1.0\ntask t { command <<<" + "~{" * 20_000,
    "deep structs": "version 1.0\n" + "".join(f"struct S{n} {{ S{n + 1} s }}\n" for n in range(300)) + "struct S300 { Int i }",
    "a struct of itself": "version 1.0\nstruct S { S s }\nworkflow w { input { S s } }",
    "imports of itself": 'version 1.0\nimport "main.wdl" as m\nworkflow w { call m.w }',
    "a large number": f"version 1.0\nworkflow w {{ Int i = {'9' * 5_000} }}",
    "a large amount": f'version 1.0\ntask t {{ command {{}} runtime {{ memory: "{"9" * 5_000} GB" cpu: 1e308 }} }}',
    "a large range": "version 1.0\nworkflow w { scatter (i in range(2147483647)) { call t } }\ntask t { command {} }",
    "a large power": "version 1.2\nworkflow w { Int i = 9 ** 9 ** 9 ** 9 }\ntask t { command {} runtime { cpu: 9 ** 9 ** 9 } }",
    "many declarations": "version 1.0\nworkflow w {\n" + "".join(f"Int i{n} = {n}\n" for n in range(3_000)) + "}",
    "another version": "version " + "9" * 50_000,
    "doubled text": 'version 1.0\nworkflow w { String s0 = "xxxxxxxxxx"\n'
    + "".join(f"String s{n} = s{n - 1} + s{n - 1}\n" for n in range(1, 60))
    + "call t { input: s = s59 } }\ntask t { input { String s } command {} runtime { docker: s } }",
}

_CWL: Final = "cwlVersion: v1.2\nclass: Workflow\ninputs: []\noutputs: []\nsteps: "

CWL_TEXTS: Final = {
    **{
        f"yaml: {name}": "cwlVersion: v1.2\nclass: CommandLineTool\nid: a\ninputs: []\noutputs: []\n" + text
        for name, text in YAML.items()
    },
    "an import of itself": _CWL + "{$import: main.cwl}",
    "a step of itself": _CWL + "{a: {run: main.cwl, in: [], out: []}}",
    "a file from outside": _CWL + "{a: {run: file:///etc/passwd, in: [], out: []}}",
}

NEXTFLOW_TEXTS: Final = {
    "deep braces": "process A {\n" * 20_000,
    "deep blocks": "params {\n" * 20_000 + "}\n" * 20_000,
    "spaces": "includeConfig" + " " * 200_000,
    "spaces after a setting": "process A {\ncpus " + " " * 100_000 + "\n}\n",
    "spaces after a name": "params {\na : " + " " * 100_000 + "\n}\n",
    "spaces after a file": "process A {\noutput:\npath" + " " * 100_000 + "\nscript:\n''\n}\n",
    "includes of itself": "include { A } from './main.nf'\n" * 2_000,
    "open quotes": "'''" + '"' * 100_000,
}

SCHEMAS: Final = {
    "deep": '{"properties": ' + '{"a": ' * DEEP + "1" + "}" * DEEP + "}",
    "digits": '{"properties": {"a": {"default": ' + "9" * 100_000 + "}}}",
    "many": '{"properties": {' + ",".join(f'"p{n}": {{}}' for n in range(5_000)) + "}}",
    "wrong": '{"properties": {"a": {"description": {"b": []}}, "\\ud800": {}}, "required": [[], {}, null], "allOf": [[[]]]}',
}


# ---- sequences and annotations ---------------------------------------------------------------------------------------


def gzip_bomb(size: int, begins: bytes = b"", byte: bytes = b"A") -> bytes:
    """So many bytes, compressed a thousandfold."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as file:
        file.write(begins)
        for _ in range(size >> 20):
            file.write(byte * (1 << 20))
    return packed.getvalue()


def bgzf(content: bytes) -> bytes:
    """One block, and the one that ends a file."""
    compressor = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = compressor.compress(content) + compressor.flush()
    head = struct.pack("<4BI2BH2B2H", 31, 139, 8, 4, 0, 0, 255, 6, 66, 67, 2, len(packed) + 25)
    return (
        head
        + packed
        + struct.pack("<2I", zlib.crc32(content), len(content))
        + bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
    )


def bams() -> dict[str, bytes]:
    """BAM files with lengths that are not true."""
    most = 0x7FFF_FFFF
    record = struct.pack("<iiiBBHHHiiii", 100, -1, -1, 2, 0, 0, 0, 4, 40, -1, -1, 0)
    return {
        "a long header": bgzf(b"BAM\1" + struct.pack("<i", most) + b"@HD\tVN:1.6\n"),
        "a negative header": bgzf(b"BAM\1" + struct.pack("<i", -1)),
        "many references": bgzf(b"BAM\1" + struct.pack("<ii", 0, most)),
        "a long name": bgzf(b"BAM\1" + struct.pack("<iii", 0, 1, most)),
        "a long record": bgzf(b"BAM\1" + struct.pack("<iii", 0, 0, most) + record[4:]),
        "a short record": bgzf(b"BAM\1" + struct.pack("<iii", 0, 0, 8) + b"\0" * 8),
        "many bases": bgzf(b"BAM\1" + struct.pack("<ii", 0, 0) + record[:20] + struct.pack("<i", most) + record[24:] + b"\0" * 80),
        "no header": bgzf(b"BAM\1"),
        "noise": bgzf(b"BAM\1" + random.Random(1).randbytes(5_000)),
    }


SEQUENCES: Final = {"FASTQ": "r1.fq", "BAM": "range.bam", "CRAM": "range.cram", "FASTA": "ce.fa"}
ANNOTATIONS: Final = {"VCF": "index.vcf", "GFF": "gff_file.gff"}


def damaged(name: str, generator: random.Random) -> bytes:
    """A file of tests/data that is cut, or has other bytes in it."""
    content = bytearray(data(name))
    for _ in range(generator.randrange(1, 4)):
        at = generator.randrange(len(content) + 1)
        match generator.randrange(4):
            case 0:
                del content[at:]
            case 1:
                content[at : at + 4] = generator.randbytes(4)
            case 2:
                content[at:at] = generator.randbytes(generator.randrange(1, 300))
            case _:
                del content[at : at + generator.randrange(1, 300)]
    return bytes(content) or b"\0"
