// Use the server from AWS's SDK for JavaScript. The environment says where it is, as `omics-mock serve` prints it.
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import {
  CompleteMultipartReadSetUploadCommand,
  CreateMultipartReadSetUploadCommand,
  CreateRunGroupCommand,
  CreateSequenceStoreCommand,
  CreateWorkflowCommand,
  GetReadSetCommand,
  GetRunCommand,
  OmicsClient,
  ResourceNotFoundException,
  StartRunCommand,
  UploadReadSetPartCommand,
  paginateListRunGroups,
  waitUntilRunCompleted,
  waitUntilWorkflowActive,
} from "@aws-sdk/client-omics";

const url = process.env.AWS_ENDPOINT_URL;
const omics = new OmicsClient({ disableHostPrefix: true });
const finishAll = async () => assert.equal((await fetch(`${url}/omics-mock/finish-all`, { method: "POST" })).status, 200);

const workflow = await omics.send(
  new CreateWorkflowCommand({ name: "hello", definitionZip: Buffer.from(process.env.DEFINITION, "base64") }),
);
await finishAll();
await waitUntilWorkflowActive({ client: omics, maxWaitTime: 60 }, { id: workflow.id });
const roleArn = "arn:aws:iam::123456789012:role/omics";
const run = await omics.send(
  new StartRunCommand({ workflowId: workflow.id, roleArn, outputUri: "s3://bucket/out", parameters: { a: 1 } }),
);
await finishAll();
await waitUntilRunCompleted({ client: omics, maxWaitTime: 60 }, { id: run.id });
const { status, stopTime } = await omics.send(new GetRunCommand({ id: run.id }));
assert.equal(status, "COMPLETED");
assert.ok(stopTime instanceof Date);

for (const name of ["a", "b", "c"]) await omics.send(new CreateRunGroupCommand({ name }));
const names = [];
for await (const page of paginateListRunGroups({ client: omics, pageSize: 2 }, {})) names.push(...page.items.map((item) => item.name));
assert.deepEqual(names.sort(), ["a", "b", "c"]);

const { id: sequenceStoreId } = await omics.send(new CreateSequenceStoreCommand({ name: "store" }));
const reads = gzipSync("@r1\nACGT\n+\nIIII\n");
const { uploadId } = await omics.send(
  new CreateMultipartReadSetUploadCommand({
    sequenceStoreId,
    sourceFileType: "FASTQ",
    subjectId: "subject",
    sampleId: "sample",
    name: "reads",
  }),
);
const part = { partNumber: 1, partSource: "SOURCE1" };
const { checksum } = await omics.send(new UploadReadSetPartCommand({ sequenceStoreId, uploadId, ...part, payload: reads }));
const { readSetId } = await omics.send(
  new CompleteMultipartReadSetUploadCommand({ sequenceStoreId, uploadId, parts: [{ ...part, checksum }] }),
);
await finishAll();
const { payload } = await omics.send(new GetReadSetCommand({ sequenceStoreId, id: readSetId, partNumber: 1 }));
assert.ok(reads.equals(Buffer.from(await payload.transformToByteArray())));

await assert.rejects(omics.send(new GetRunCommand({ id: "7654321" })), (error) => {
  assert.ok(error instanceof ResourceNotFoundException);
  assert.equal(error.$metadata.httpStatusCode, 404);
  return true;
});
