-- Messages wait in line until their turn has come, and what has served its time is cleared away.

-- "dispatchedAt": when the request for an agent was made, on which lane. "cancelledAt": when the
-- owner wanted the run to end; it outlives the broker's word of it.

ALTER TABLE "Message"
    ADD COLUMN "dispatchedAt" TIMESTAMP(3),
    ADD COLUMN "lane" TEXT,
    ADD COLUMN "cancelledAt" TIMESTAMP(3);

-- Until now every message went to the agents at once.
UPDATE "Message" SET "dispatchedAt" = "createdAt", "lane" = 'high' WHERE "status" <> 'COMPLETE';

-- The lines: only answers have a "replyTo", and few messages are unfinished at any moment.
CREATE INDEX "Message_in_line" ON "Message" ("projectId", "createdAt", "id")
    WHERE "status" <> 'COMPLETE' AND "replyTo" IS NOT NULL;

-- How old a blob is. What was there before is as old as this migration.
ALTER TABLE "Blob" ADD COLUMN "savedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;
CREATE INDEX "Blob_by_age" ON "Blob" ("savedAt");
CREATE INDEX "BinaryFile_of_blob" ON "BinaryFile" ("sha256");
CREATE INDEX "PreviewFile_of_blob" ON "PreviewFile" ("sha256");

-- Rows arrive in the order of their age, so an index of block ranges is as good and next to nothing.
CREATE INDEX "Inbox_by_age" ON "Inbox" USING brin ("at");
CREATE INDEX "Outbox_by_age" ON "Outbox" USING brin ("createdAt");
CREATE INDEX "IdempotencyKey_by_age" ON "IdempotencyKey" ("createdAt");
