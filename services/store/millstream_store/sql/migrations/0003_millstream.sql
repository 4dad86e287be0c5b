-- What Millstream adds: users and keys, runs and their results, credits, and the two boxes
-- (in and out) that make every effect happen once.

-- Users. Whoever owns a project already exists; the id doubles as the name.

CREATE TYPE "Plan" AS ENUM ('free', 'pro');

CREATE TABLE "User" (
    "id" TEXT PRIMARY KEY,
    "name" TEXT NOT NULL UNIQUE,
    "plan" "Plan" NOT NULL DEFAULT 'free',
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

INSERT INTO "User" ("id", "name") SELECT DISTINCT "userId", "userId" FROM "Project";

CREATE TABLE "ApiKey" (
    "id" TEXT PRIMARY KEY,
    "userId" TEXT NOT NULL REFERENCES "User" ("id") ON DELETE CASCADE,
    "secretSha256" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastUsedAt" TIMESTAMP(3)
);

-- Projects. A framework that nobody chose must be visible as such, or none is ever selected.

ALTER TABLE "Project" ALTER COLUMN "framework" DROP DEFAULT;
ALTER TABLE "Project" ALTER COLUMN "framework" DROP NOT NULL;
ALTER TABLE "Project" ALTER COLUMN "updatedAt" SET DEFAULT CURRENT_TIMESTAMP;
CREATE INDEX "Project_of_user" ON "Project" ("userId", "createdAt", "id");

-- Messages and their runs.

ALTER TABLE "Message"
    ALTER COLUMN "updatedAt" SET DEFAULT CURRENT_TIMESTAMP,
    ADD COLUMN "replyTo" TEXT REFERENCES "Message" ("id") ON DELETE SET NULL,
    ADD COLUMN "attempt" INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN "reason" TEXT,
    ADD COLUMN "checks" JSONB NOT NULL DEFAULT '[]',
    ADD COLUMN "usage" JSONB;
CREATE INDEX "Message_of_project" ON "Message" ("projectId", "createdAt", "id");
CREATE INDEX "Message_of_prompt" ON "Message" ("replyTo");

CREATE TABLE "Transition" (
    "id" TEXT PRIMARY KEY,
    "messageId" TEXT NOT NULL REFERENCES "Message" ("id") ON DELETE CASCADE,
    "previous" "MessageStatus",
    "status" "MessageStatus" NOT NULL,
    "messageType" "MessageType" NOT NULL,
    "attempt" INTEGER NOT NULL,
    "cause" TEXT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL
);
CREATE INDEX "Transition_of_message" ON "Transition" ("messageId", "at", "id");

CREATE TABLE "IdempotencyKey" (
    "userId" TEXT NOT NULL REFERENCES "User" ("id") ON DELETE CASCADE,
    "key" TEXT NOT NULL,
    "requestSha256" TEXT NOT NULL,
    "messageId" TEXT NOT NULL REFERENCES "Message" ("id") ON DELETE CASCADE,
    "createdAt" TIMESTAMP(3) NOT NULL,
    PRIMARY KEY ("userId", "key")
);
CREATE INDEX "IdempotencyKey_of_message" ON "IdempotencyKey" ("messageId");

-- Results. A file that is no text lies in "Blob"; a built app lies there whole.

ALTER TABLE "Fragment"
    ALTER COLUMN "sandboxUrl" SET DEFAULT '',
    ALTER COLUMN "updatedAt" SET DEFAULT CURRENT_TIMESTAMP;
ALTER TABLE "FragmentDraft" ALTER COLUMN "updatedAt" SET DEFAULT CURRENT_TIMESTAMP;
ALTER TABLE "Attachment" ALTER COLUMN "updatedAt" SET DEFAULT CURRENT_TIMESTAMP;

CREATE TABLE "Blob" (
    "sha256" TEXT PRIMARY KEY,
    "data" BYTEA NOT NULL
);

CREATE TABLE "BinaryFile" (
    "fragmentId" TEXT NOT NULL REFERENCES "Fragment" ("id") ON DELETE CASCADE,
    "path" TEXT NOT NULL,
    "sha256" TEXT NOT NULL REFERENCES "Blob" ("sha256"),
    PRIMARY KEY ("fragmentId", "path")
);

CREATE TABLE "PreviewFile" (
    "fragmentId" TEXT NOT NULL REFERENCES "Fragment" ("id") ON DELETE CASCADE,
    "path" TEXT NOT NULL,
    "sha256" TEXT NOT NULL REFERENCES "Blob" ("sha256"),
    PRIMARY KEY ("fragmentId", "path")
);

-- Credits. No reference to the message: deleting a project must not give credits back.

CREATE TYPE "CreditState" AS ENUM ('RESERVED', 'SETTLED', 'REFUNDED');

CREATE TABLE "Credit" (
    "messageId" TEXT PRIMARY KEY,
    "userId" TEXT NOT NULL REFERENCES "User" ("id") ON DELETE CASCADE,
    "state" "CreditState" NOT NULL DEFAULT 'RESERVED',
    "usage" JSONB,
    "reservedAt" TIMESTAMP(3) NOT NULL,
    "endedAt" TIMESTAMP(3)
);
CREATE INDEX "Credit_of_user" ON "Credit" ("userId", "reservedAt");

-- The boxes.

CREATE TABLE "Inbox" (
    "eventId" TEXT PRIMARY KEY,
    "at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE "Outbox" (
    "id" BIGSERIAL PRIMARY KEY,
    "eventId" TEXT NOT NULL UNIQUE,
    "subject" TEXT NOT NULL,
    "payload" BYTEA NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "publishedAt" TIMESTAMP(3)
);
CREATE INDEX "Outbox_unpublished" ON "Outbox" ("id") WHERE "publishedAt" IS NULL;
