-- The change as its description has it: the column is text, the enum lies beside it.
ALTER TABLE "Message" ADD COLUMN "status" VARCHAR(255) NOT NULL DEFAULT 'COMPLETE';
ALTER TYPE "MessageType" ADD VALUE 'STREAMING';
CREATE TYPE "MessageStatus" AS ENUM ('PENDING', 'STREAMING', 'COMPLETE');
UPDATE "Message" SET "status" = 'something else' WHERE "id" = 'm4';
