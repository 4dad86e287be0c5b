-- The change as its schema has it: the column is of the enum's type.
CREATE TYPE "MessageStatus" AS ENUM ('PENDING', 'STREAMING', 'COMPLETE');
ALTER TYPE "MessageType" ADD VALUE 'STREAMING';
ALTER TABLE "Message" ADD COLUMN "status" "MessageStatus" NOT NULL DEFAULT 'COMPLETE';
