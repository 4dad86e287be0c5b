-- The shape that the system had before messages were streamed.
-- It does nothing on a database that already has it, so an existing installation can be taken over.

DO $$ BEGIN
    IF to_regtype('"MessageRole"') IS NULL THEN
        CREATE TYPE "MessageRole" AS ENUM ('USER', 'ASSISTANT');
    END IF;
    IF to_regtype('"MessageType"') IS NULL THEN
        CREATE TYPE "MessageType" AS ENUM ('RESULT', 'ERROR');
    END IF;
    IF to_regtype('"Framework"') IS NULL THEN
        CREATE TYPE "Framework" AS ENUM ('NEXTJS', 'ANGULAR', 'REACT', 'VUE', 'SVELTE');
    END IF;
    IF to_regtype('"AttachmentType"') IS NULL THEN
        CREATE TYPE "AttachmentType" AS ENUM ('IMAGE');
    END IF;
END $$;

CREATE TABLE IF NOT EXISTS "Project" (
    "id" TEXT PRIMARY KEY,
    "name" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "framework" "Framework" NOT NULL DEFAULT 'NEXTJS',
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL
);

CREATE TABLE IF NOT EXISTS "Message" (
    "id" TEXT PRIMARY KEY,
    "content" TEXT NOT NULL,
    "role" "MessageRole" NOT NULL,
    "type" "MessageType" NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    "projectId" TEXT NOT NULL REFERENCES "Project" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE IF NOT EXISTS "Fragment" (
    "id" TEXT PRIMARY KEY,
    "messageId" TEXT NOT NULL UNIQUE
        REFERENCES "Message" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "sandboxId" TEXT,
    "sandboxUrl" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "files" JSONB NOT NULL,
    "framework" "Framework" NOT NULL DEFAULT 'NEXTJS',
    "metadata" JSONB,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL
);

CREATE TABLE IF NOT EXISTS "FragmentDraft" (
    "id" TEXT PRIMARY KEY,
    "projectId" TEXT NOT NULL UNIQUE
        REFERENCES "Project" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "sandboxId" TEXT,
    "sandboxUrl" TEXT,
    "files" JSONB NOT NULL,
    "framework" "Framework" NOT NULL DEFAULT 'NEXTJS',
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL
);

CREATE TABLE IF NOT EXISTS "Attachment" (
    "id" TEXT PRIMARY KEY,
    "type" "AttachmentType" NOT NULL,
    "url" TEXT NOT NULL,
    "width" INTEGER,
    "height" INTEGER,
    "size" INTEGER NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    "messageId" TEXT NOT NULL REFERENCES "Message" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE IF NOT EXISTS "Usage" (
    "key" TEXT PRIMARY KEY,
    "points" INTEGER NOT NULL,
    "expire" TIMESTAMP(3)
);
