"""Small but real definitions in each language."""

WDL_FILES = {
    "main.wdl": """version 1.1

import "tasks/align.wdl" as align
import "types.wdl"

workflow cohort {
    input {
        Array[Sample] samples
        File reference
        String? note
        Int threads = 4
        Boolean report = true
    }
    scatter (sample in samples) {
        call align.bwa { input: sample = sample, reference = reference, threads = threads }
    }
    if (report) {
        call align.stats as summary { input: bams = bwa.bam }
    }
    output {
        Array[File] bams = bwa.bam
        File? table = summary.table
    }
    parameter_meta {
        samples: "One for each person"
        reference: { description: "FASTA,\\n indexed", category: "required" }
    }
}
""",
    "tasks/align.wdl": """version 1.1

import "../types.wdl"

task bwa {
    input {
        Sample sample
        File reference
        Int threads = 2
        Int memory_per_thread = 3
    }
    command <<< bwa mem -t ~{threads} ~{reference} ~{sample.reads} > out.bam >>>
    output { File bam = "out.bam" }
    runtime {
        cpu: threads
        memory: "~{threads * memory_per_thread} GiB"
        docker: "123456789012.dkr.ecr.us-east-1.amazonaws.com/bwa:1"
    }
}

task stats {
    input { Array[File] bams }
    command <<< samtools stats ~{sep=" " bams} > table.txt >>>
    output { File table = "table.txt" }
    runtime { cpu: 1.5  memory: "1500 MiB"  acceleratorCount: 1  acceleratorType: "nvidia-tesla-t4-a10g" }
}
""",
    "types.wdl": "version 1.1\nstruct Sample {\n    String id\n    File reads\n}\n",
}

CWL_TOOL = """cwlVersion: v1.2
class: CommandLineTool
baseCommand: [samtools, stats]
requirements:
  ResourceRequirement: {coresMin: 4, ramMin: 10000}
  DockerRequirement: {dockerPull: "samtools:1"}
inputs:
  bam: {type: File, inputBinding: {position: 1}}
outputs:
  table: {type: stdout}
"""

CWL_FILES = {
    "main.cwl": """cwlVersion: v1.2
class: Workflow
requirements:
  ScatterFeatureRequirement: {}
  SubworkflowFeatureRequirement: {}
inputs:
  bams: {type: "File[]", label: Aligned reads}
  prefix: string?
  level: {type: int, default: 3}
outputs:
  tables: {type: "File[]", outputSource: each/table}
  joined: {type: File?, outputSource: after/joined}
steps:
  each:
    run: tools/stats.cwl
    scatter: bam
    in: {bam: bams}
    out: [table]
  after:
    run: flows/join.cwl
    in: {tables: each/table}
    out: [joined]
""",
    "tools/stats.cwl": CWL_TOOL,
    "flows/join.cwl": """cwlVersion: v1.2
class: Workflow
hints:
  ResourceRequirement: {coresMin: 2, ramMin: 2048}
inputs:
  tables: File[]
outputs:
  joined: {type: File, outputSource: cat/joined}
steps:
  cat:
    run: ../tools/cat.cwl
    in: {tables: tables}
    out: [joined]
""",
    "tools/cat.cwl": """cwlVersion: v1.2
class: CommandLineTool
baseCommand: cat
$namespaces: {cwltool: "http://commonwl.org/cwltool#"}
hints:
  cwltool:CUDARequirement: {cudaVersionMin: "11", cudaComputeCapability: "3.0", cudaDeviceCountMin: 1}
inputs:
  tables: {type: "File[]", inputBinding: {}}
outputs:
  joined: {type: stdout}
""",
}

NEXTFLOW_FILES = {
    "main.nf": """#!/usr/bin/env nextflow
include { RNASEQ } from './workflows/rnaseq'
include { validateParameters } from 'plugin/nf-schema'
// include { NOTHING } from './modules/nothing'

workflow {
    RNASEQ(params.input, params.genome)
}
""",
    "workflows/rnaseq.nf": """include { FASTQC; FASTQC as FASTQC_TRIMMED } from '../modules/fastqc/main'
include { STAR } from '../modules/star'

workflow RNASEQ {
    take:
    input
    main:
    FASTQC(input)
    STAR(input)
}
""",
    "modules/fastqc/main.nf": """process FASTQC {
    tag "$meta.id"
    label 'process_medium'

    conda "${moduleDir}/environment.yml"
    container "${ workflow.containerEngine == 'singularity' ?
        'https://depot.galaxyproject.org/singularity/fastqc:0.12.1' :
        'biocontainers/fastqc:0.12.1' }"

    input:
    tuple val(meta), path(reads)

    script:
    \"\"\"
    # process FAKE {
    cpus 99
    fastqc ${reads}
    \"\"\"
}

process NOT_INCLUDED {
}
""",
    "modules/star/main.nf": """process STAR {
    cpus 16
    memory '64 GB'
    accelerator 1, type: 'nvidia-tesla-t4-a10g'
    container 'star:2.7'
    script:
    'STAR'
}
""",
    "nextflow.config": """params {
    input  = null
    outdir = "results"  // where to
    genomes {
        hg38 = 's3://genomes/hg38'
    }
}
params.extra = 1
includeConfig 'conf/base.config'
profiles {
    test { process { cpus = 99 } }
}
manifest {
    nextflowVersion = '!24.10.8'
}
""",
    "conf/base.config": """process {
    cpus   = { 1    * task.attempt }
    memory = { 6.GB * task.attempt }
    withLabel:process_medium {
        cpus   = { check_max( 6     * task.attempt, 'cpus'   ) }
        memory = { check_max( 36.GB * task.attempt, 'memory' ) }
    }
    withName: 'NFCORE:RNASEQ:STAR|OTHER' { memory = 32.GB }
}
""",
}

NEXTFLOW_SCHEMA = """{
  "title": "rnaseq",
  "properties": {"outdir": {"type": "string"}},
  "required": ["outdir"],
  "$defs": {
    "input_output": {
      "properties": {"input": {"type": "string", "description": "Samplesheet"}, "genome": {"type": "string", "default": "hg38"}},
      "required": ["input"]
    }
  },
  "allOf": [{"$ref": "#/$defs/input_output"}]
}
"""
