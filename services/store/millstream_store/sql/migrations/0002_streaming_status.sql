-- Messages get a status, so that a page can show a generation while it runs.
-- Every existing message is a finished one: COMPLETE.
-- Some installations already have the column, as VARCHAR(255) or as the enum; both end up the same.

ALTER TYPE "MessageType" ADD VALUE IF NOT EXISTS 'STREAMING';

DO $$ BEGIN
    IF to_regtype('"MessageStatus"') IS NULL THEN
        CREATE TYPE "MessageStatus" AS ENUM ('PENDING', 'STREAMING', 'COMPLETE');
    END IF;
END $$;

ALTER TABLE "Message"
    ADD COLUMN IF NOT EXISTS "status" "MessageStatus" NOT NULL DEFAULT 'COMPLETE';

DO $$ BEGIN
    IF (
        SELECT atttypid <> to_regtype('"MessageStatus"')
        FROM pg_attribute
        WHERE attrelid = to_regclass('"Message"') AND attname = 'status'
    ) THEN
        ALTER TABLE "Message" ALTER COLUMN "status" DROP DEFAULT;
        ALTER TABLE "Message" ALTER COLUMN "status" TYPE "MessageStatus" USING (
            CASE
                WHEN "status" IN ('PENDING', 'STREAMING') THEN "status"
                ELSE 'COMPLETE'
            END
        )::"MessageStatus";
    END IF;
END $$;

UPDATE "Message" SET "status" = 'COMPLETE' WHERE "status" IS NULL;
ALTER TABLE "Message" ALTER COLUMN "status" SET DEFAULT 'COMPLETE';
ALTER TABLE "Message" ALTER COLUMN "status" SET NOT NULL;
