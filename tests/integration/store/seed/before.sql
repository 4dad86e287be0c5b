-- A database of the previous system with rows in it, as its own migration tool wrote it.
CREATE TYPE "MessageRole" AS ENUM ('USER', 'ASSISTANT');
CREATE TYPE "MessageType" AS ENUM ('RESULT', 'ERROR');
CREATE TYPE "Framework" AS ENUM ('NEXTJS', 'ANGULAR', 'REACT', 'VUE', 'SVELTE');
CREATE TYPE "AttachmentType" AS ENUM ('IMAGE');

CREATE TABLE "Project" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "framework" "Framework" NOT NULL DEFAULT 'NEXTJS',
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    CONSTRAINT "Project_pkey" PRIMARY KEY ("id")
);
CREATE TABLE "Message" (
    "id" TEXT NOT NULL,
    "content" TEXT NOT NULL,
    "role" "MessageRole" NOT NULL,
    "type" "MessageType" NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    "projectId" TEXT NOT NULL,
    CONSTRAINT "Message_pkey" PRIMARY KEY ("id")
);
CREATE TABLE "Fragment" (
    "id" TEXT NOT NULL,
    "messageId" TEXT NOT NULL,
    "sandboxId" TEXT,
    "sandboxUrl" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "files" JSONB NOT NULL,
    "framework" "Framework" NOT NULL DEFAULT 'NEXTJS',
    "metadata" JSONB,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    CONSTRAINT "Fragment_pkey" PRIMARY KEY ("id")
);
CREATE TABLE "FragmentDraft" (
    "id" TEXT NOT NULL,
    "projectId" TEXT NOT NULL,
    "sandboxId" TEXT,
    "sandboxUrl" TEXT,
    "files" JSONB NOT NULL,
    "framework" "Framework" NOT NULL DEFAULT 'NEXTJS',
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    CONSTRAINT "FragmentDraft_pkey" PRIMARY KEY ("id")
);
CREATE TABLE "Attachment" (
    "id" TEXT NOT NULL,
    "type" "AttachmentType" NOT NULL,
    "url" TEXT NOT NULL,
    "width" INTEGER,
    "height" INTEGER,
    "size" INTEGER NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    "messageId" TEXT NOT NULL,
    CONSTRAINT "Attachment_pkey" PRIMARY KEY ("id")
);
CREATE TABLE "Usage" (
    "key" TEXT NOT NULL,
    "points" INTEGER NOT NULL,
    "expire" TIMESTAMP(3),
    CONSTRAINT "Usage_pkey" PRIMARY KEY ("key")
);
CREATE UNIQUE INDEX "Fragment_messageId_key" ON "Fragment" ("messageId");
CREATE UNIQUE INDEX "FragmentDraft_projectId_key" ON "FragmentDraft" ("projectId");
ALTER TABLE "Message" ADD CONSTRAINT "Message_projectId_fkey"
    FOREIGN KEY ("projectId") REFERENCES "Project" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "Fragment" ADD CONSTRAINT "Fragment_messageId_fkey"
    FOREIGN KEY ("messageId") REFERENCES "Message" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "FragmentDraft" ADD CONSTRAINT "FragmentDraft_projectId_fkey"
    FOREIGN KEY ("projectId") REFERENCES "Project" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "Attachment" ADD CONSTRAINT "Attachment_messageId_fkey"
    FOREIGN KEY ("messageId") REFERENCES "Message" ("id") ON DELETE CASCADE ON UPDATE CASCADE;

INSERT INTO "Project" ("id", "name", "userId", "framework", "createdAt", "updatedAt") VALUES
    ('p1', 'Todo', 'ann', 'NEXTJS', '2025-01-01 10:00:00', '2025-01-01 10:00:00'),
    ('p2', 'Shop', 'ann', 'VUE', '2025-01-02 10:00:00', '2025-01-02 10:00:00'),
    ('p3', 'Blog', 'bob', 'NEXTJS', '2025-01-03 10:00:00', '2025-01-03 10:00:00');
INSERT INTO "Message" ("id", "content", "role", "type", "createdAt", "updatedAt", "projectId") VALUES
    ('m1', 'A todo app', 'USER', 'RESULT', '2025-01-01 10:00:01', '2025-01-01 10:00:01', 'p1'),
    ('m2', 'Here it is', 'ASSISTANT', 'RESULT', '2025-01-01 10:05:00', '2025-01-01 10:05:00', 'p1'),
    ('m3', 'A shop', 'USER', 'RESULT', '2025-01-02 10:00:01', '2025-01-02 10:00:01', 'p2'),
    ('m4', 'It failed', 'ASSISTANT', 'ERROR', '2025-01-02 10:05:00', '2025-01-02 10:05:00', 'p2');
INSERT INTO "Fragment" ("id", "messageId", "sandboxUrl", "title", "files", "updatedAt") VALUES
    ('f1', 'm2', 'https://sandbox.invalid', 'Todo', '{"app/page.tsx": "hello", "odd": null}',
     '2025-01-01 10:05:00');
INSERT INTO "Usage" ("key", "points") VALUES ('rlflx:ann', 2);
