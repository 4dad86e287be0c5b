-- What every question to a model provider took, and what figures are made of.

-- One row per fact, named like its fields. It refers to neither message nor project: what was spent
-- stays spent when they are deleted. "recordedAt" is the database's moment and decides on windows and
-- days; "askedAt" is the agent's, and tells the order of one run's questions.

CREATE TABLE "ModelAttempt" (
    "eventId" TEXT PRIMARY KEY,
    "messageId" TEXT NOT NULL,
    "projectId" TEXT,
    "userId" TEXT NOT NULL REFERENCES "User" ("id") ON DELETE CASCADE,
    "attempt" INTEGER NOT NULL,
    "call" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "role" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "errorType" TEXT,
    "hedge" BOOLEAN NOT NULL,
    "askedAt" TIMESTAMP(3) NOT NULL,
    "firstContent" DOUBLE PRECISION,
    "seconds" DOUBLE PRECISION NOT NULL,
    "inputTokens" INTEGER NOT NULL,
    "cachedInputTokens" INTEGER NOT NULL,
    "outputTokens" INTEGER NOT NULL,
    "estimated" BOOLEAN NOT NULL,
    "cost" DOUBLE PRECISION NOT NULL,
    "finishReason" TEXT,
    "recordedAt" TIMESTAMP(3) NOT NULL
);
CREATE INDEX "ModelAttempt_of_message" ON "ModelAttempt" ("messageId");

-- Budgets ask for these sums before every run: the index alone answers.
CREATE INDEX "ModelAttempt_of_user" ON "ModelAttempt" ("userId", "recordedAt")
    INCLUDE ("inputTokens", "outputTokens");
CREATE INDEX "ModelAttempt_of_project" ON "ModelAttempt" ("projectId")
    INCLUDE ("inputTokens", "outputTokens");

-- "cache": whether known answers of models may be used for the message. "firstTokenSeconds": from its
-- creation until a viewer had its first text or file.
ALTER TABLE "Message"
    ADD COLUMN "cache" BOOLEAN NOT NULL DEFAULT true,
    ADD COLUMN "firstTokenSeconds" DOUBLE PRECISION;

-- The runs that ended in a window.
CREATE INDEX "Credit_by_end" ON "Credit" ("userId", "endedAt");
