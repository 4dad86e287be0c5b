-- Every statement of the store, by name. `:word` is a parameter.
-- The database's clock is the only one: moments are made here, in milliseconds, in UTC.

-- name: answers
-- Readiness: does the database answer at all?
SELECT 1;

-- name: clock
-- Now, as the database sees it.
SELECT clock_timestamp()::timestamp(3);


-- Users and keys ---------------------------------------------------------------------------------

-- name: save_user
-- A user is made by the first key with that name; a plan that is given replaces the old one.
INSERT INTO "User" ("id", "name", "plan")
VALUES (:user_id, :name, coalesce(:plan::"Plan", 'free'))
ON CONFLICT ("name") DO UPDATE SET "plan" = coalesce(:plan::"Plan", "User"."plan")
RETURNING "id", "plan";

-- name: save_key
-- Saving a key again is harmless: the development key is saved at every start.
INSERT INTO "ApiKey" ("id", "userId", "secretSha256")
VALUES (:key_id, :user_id, :secret_sha256)
ON CONFLICT ("id") DO UPDATE
SET "userId" = excluded."userId", "secretSha256" = excluded."secretSha256";

-- name: find_key
-- The key's owner; `stale` says that its last use was noted more than a minute ago.
SELECT
    k."secretSha256", u."id", u."name", u."plan",
    k."lastUsedAt" IS NULL OR k."lastUsedAt" < clock_timestamp() - interval '1 minute' AS "stale"
FROM "ApiKey" k JOIN "User" u ON u."id" = k."userId"
WHERE k."id" = :key_id;

-- name: touch_key
-- Notes that a key is in use, at most once a minute whatever the number of replicas.
UPDATE "ApiKey" SET "lastUsedAt" = clock_timestamp()
WHERE "id" = :key_id
    AND ("lastUsedAt" IS NULL OR "lastUsedAt" < clock_timestamp() - interval '1 minute');

-- name: find_user
-- A user's plan.
SELECT "id", "plan" FROM "User" WHERE "id" = :user_id;

-- name: lock_user
-- One generation of a user begins or ends at a time, so that credits cannot be spent twice and no
-- more run than may. Whoever locks messages too locks their user first.
SELECT "id", "plan" FROM "User" WHERE "id" = :user_id FOR NO KEY UPDATE;


-- Credits ----------------------------------------------------------------------------------------

-- name: counted_credits
-- When each credit of the last 24 hours was reserved; a refunded one never counts.
SELECT "reservedAt" FROM "Credit"
WHERE "userId" = :user_id AND "state" <> 'REFUNDED' AND "reservedAt" > :since;

-- name: reserve_credit
-- Every generation costs one credit, from its beginning.
INSERT INTO "Credit" ("messageId", "userId", "reservedAt")
VALUES (:message_id, :user_id, :reserved_at);

-- name: end_credit
-- A credit is settled or refunded once; it outlives its message. What the run cost may come later.
UPDATE "Credit"
SET "state" = CASE "state" WHEN 'RESERVED' THEN :state::"CreditState" ELSE "state" END,
    "usage" = coalesce("usage", :usage),
    "endedAt" = coalesce("endedAt", clock_timestamp())
WHERE "messageId" = :message_id AND ("state" = 'RESERVED' OR "usage" IS NULL);

-- name: refund_waiting
-- What was never begun costs nothing, when its project is deleted too.
UPDATE "Credit" c SET "state" = 'REFUNDED', "endedAt" = clock_timestamp()
FROM "Message" m
WHERE m."projectId" = :project_id AND c."userId" = :user_id AND m."status" <> 'COMPLETE'
    AND m."dispatchedAt" IS NULL AND c."messageId" = m."id" AND c."state" = 'RESERVED';

-- name: tokens_since
-- What a user's runs have cost in tokens; a refunded run has cost some too.
SELECT
    coalesce(sum(("usage" ->> 'calls')::bigint), 0)::bigint AS "calls",
    coalesce(sum(("usage" ->> 'inputTokens')::bigint), 0)::bigint AS "inputTokens",
    coalesce(sum(("usage" ->> 'outputTokens')::bigint), 0)::bigint AS "outputTokens",
    coalesce(bool_or(("usage" ->> 'estimated')::boolean), false) AS "estimated",
    coalesce(sum(("usage" ->> 'attempts')::bigint), 0)::bigint AS "attempts",
    coalesce(sum(("usage" ->> 'cachedCalls')::bigint), 0)::bigint AS "cachedCalls",
    coalesce(sum(("usage" ->> 'cachedInputTokens')::bigint), 0)::bigint AS "cachedInputTokens",
    coalesce(sum(("usage" ->> 'cost')::float8), 0) AS "cost"
FROM "Credit"
WHERE "userId" = :user_id AND "endedAt" > :since;


-- The ledger -------------------------------------------------------------------------------------

-- name: record_attempt
-- The fact's fields are the columns. Its message may be gone by now; the credit knows whose it was.
INSERT INTO "ModelAttempt"
SELECT a.*
FROM "Credit" c
LEFT JOIN "Message" m ON m."id" = c."messageId"
CROSS JOIN LATERAL jsonb_populate_record(
    NULL::"ModelAttempt",
    :fact::jsonb || jsonb_build_object(
        'userId', c."userId",
        'projectId', m."projectId",
        'recordedAt', clock_timestamp()::timestamp(3)
    )
) a
WHERE c."messageId" = :fact ->> 'messageId'
ON CONFLICT DO NOTHING;

-- name: find_own_message
-- Whether there is such a message of that user's.
SELECT m."id" FROM "Message" m JOIN "Project" p ON p."id" = m."projectId"
WHERE m."id" = :message_id AND p."userId" = :user_id;

-- name: list_attempts
-- What the model calls of a message took, to its owner only, in the order of asking.
SELECT * FROM "ModelAttempt"
WHERE "messageId" = :message_id AND "userId" = :user_id
ORDER BY "attempt", "askedAt", "call", "number";

-- name: spent_tokens
-- What is on record of a user's current day, and of a project (of none: 0). The statement's moment is
-- one for all rows, so that the index can be asked for them.
SELECT
    d."day",
    (
        SELECT coalesce(sum("inputTokens" + "outputTokens"), 0) FROM "ModelAttempt"
        WHERE "userId" = :user_id AND "recordedAt" >= d."day"
    ) AS "byUser",
    (
        SELECT coalesce(sum("inputTokens" + "outputTokens"), 0) FROM "ModelAttempt"
        WHERE "projectId" = :project_id::text
    ) AS "byProject"
FROM (SELECT date_trunc('day', statement_timestamp()::timestamp) AS "day") d;


-- Figures: what belongs to a window, by pieces of it and, where "at" is NULL, as a whole -----------

-- name: summarize_runs
-- A user's runs that ended. A credit has a run's beginning and end, and outlives its message; what was
-- deleted before it ran is no run. Percentiles are pairs: the 50th and the 95th.
SELECT
    b."at",
    count(*) AS "total",
    count(*) FILTER (WHERE c."state" = 'REFUNDED' AND m."reason" IS DISTINCT FROM 'cancelled')
        AS "errors",
    count(*) FILTER (WHERE m."reason" = 'cancelled') AS "cancelled",
    percentile_cont('{0.5, 0.95}'::float8[])
        WITHIN GROUP (ORDER BY extract(epoch FROM c."endedAt" - c."reservedAt")::float8)
        AS "totalTime",
    percentile_cont('{0.5, 0.95}'::float8[]) WITHIN GROUP (ORDER BY m."firstTokenSeconds")
        AS "firstToken"
FROM "Credit" c
LEFT JOIN "Message" m ON m."id" = c."messageId"
CROSS JOIN LATERAL (SELECT date_bin(:bucket, c."endedAt", :origin) AS "at") b
WHERE c."userId" = :user_id AND c."endedAt" > :since
    AND (m."id" IS NOT NULL OR c."usage" IS NOT NULL)
GROUP BY GROUPING SETS ((), (b."at"));

-- name: summarize_attempts
-- A user's model calls. Answers from the response cache are no attempts; a call is known by its run and
-- name.
SELECT
    b."at",
    count(*) FILTER (WHERE a."outcome" <> 'cached') AS "total",
    count(*) FILTER (WHERE a."outcome" = 'failed') AS "failed",
    count(*) FILTER (WHERE a."hedge") AS "hedged",
    count(*) FILTER (WHERE a."outcome" = 'cached') AS "hits",
    count(DISTINCT (a."messageId", a."attempt", a."call")) FILTER (WHERE a."outcome" <> 'cached')
        AS "misses",
    coalesce(sum(a."inputTokens"), 0) AS "input",
    coalesce(sum(a."cachedInputTokens"), 0) AS "cachedInput",
    coalesce(sum(a."outputTokens"), 0) AS "output",
    coalesce(sum(a."cost"), 0) AS "cost",
    percentile_cont('{0.5, 0.95}'::float8[]) WITHIN GROUP (ORDER BY a."firstContent")
        FILTER (WHERE a."outcome" = 'complete') AS "firstContent",
    percentile_cont('{0.5, 0.95}'::float8[])
        WITHIN GROUP (ORDER BY a."outputTokens" / (a."seconds" - a."firstContent"))
        FILTER (WHERE a."outcome" = 'complete' AND a."seconds" - a."firstContent" > 0.01)
        AS "tokensPerSecond"
FROM "ModelAttempt" a
CROSS JOIN LATERAL (SELECT date_bin(:bucket, a."recordedAt", :origin) AS "at") b
WHERE a."userId" = :user_id AND a."recordedAt" > :since
GROUP BY GROUPING SETS ((), (b."at"));

-- name: summarize_errors
-- How many of a user's model calls ended with which error.
SELECT "errorType", count(*) AS "count" FROM "ModelAttempt"
WHERE "userId" = :user_id AND "recordedAt" > :since AND "errorType" IS NOT NULL
GROUP BY "errorType"
ORDER BY "count" DESC, "errorType";

-- name: summarize_providers
-- The same figures for each model of each provider, most used first.
SELECT
    "provider", "model",
    count(*) AS "attempts",
    count(*) FILTER (WHERE "outcome" = 'failed') AS "failed",
    percentile_cont(0.5) WITHIN GROUP (ORDER BY "firstContent")
        FILTER (WHERE "outcome" = 'complete') AS "ttftP50",
    percentile_cont(0.5) WITHIN GROUP (ORDER BY "outputTokens" / ("seconds" - "firstContent"))
        FILTER (WHERE "outcome" = 'complete' AND "seconds" - "firstContent" > 0.01)
        AS "tokensPerSecondP50",
    sum("cost") AS "cost"
FROM "ModelAttempt"
WHERE "userId" = :user_id AND "recordedAt" > :since AND "outcome" <> 'cached'
GROUP BY "provider", "model"
ORDER BY "attempts" DESC, "provider", "model";


-- Projects ---------------------------------------------------------------------------------------

-- name: create_project
-- Makes nothing when there is no such user.
INSERT INTO "Project" ("id", "name", "userId", "framework")
SELECT :project_id, :name, u."id", :framework::"Framework" FROM "User" u WHERE u."id" = :user_id
RETURNING *;

-- name: find_project
-- A project, to its owner only.
SELECT * FROM "Project" WHERE "id" = :project_id AND "userId" = :user_id;

-- name: list_projects
-- A user's projects, newest first, from a place on.
SELECT * FROM "Project"
WHERE "userId" = :user_id
    AND (:created_at::timestamp IS NULL OR ("createdAt", "id") < (:created_at, :id::text))
ORDER BY "createdAt" DESC, "id" DESC
LIMIT :limit;

-- name: change_project
-- What is not given stays as it is.
UPDATE "Project"
SET "name" = coalesce(:name, "name"),
    "framework" = coalesce(:framework::"Framework", "framework"),
    "updatedAt" = clock_timestamp()
WHERE "id" = :project_id AND "userId" = :user_id
RETURNING *;

-- name: delete_project
-- Messages and fragments go with it; credits stay.
DELETE FROM "Project" WHERE "id" = :project_id AND "userId" = :user_id RETURNING "id";

-- name: select_framework
-- A run's choice counts only while nobody has chosen.
UPDATE "Project" p SET "framework" = :framework::"Framework", "updatedAt" = clock_timestamp()
FROM "Message" m
WHERE m."id" = :message_id AND p."id" = m."projectId" AND p."framework" IS NULL;


-- Messages ---------------------------------------------------------------------------------------

-- name: find_idempotency_key
-- What an earlier request with the same key led to.
SELECT k."requestSha256", k."messageId", m."replyTo", m."status"
FROM "IdempotencyKey" k JOIN "Message" m ON m."id" = k."messageId"
WHERE k."userId" = :user_id AND k."key" = :key;

-- name: save_idempotency_key
-- The caller holds the user's row, so no other request saves the same key meanwhile.
INSERT INTO "IdempotencyKey" ("userId", "key", "requestSha256", "messageId", "createdAt")
VALUES (:user_id, :key, :request_sha256, :message_id, :created_at);

-- name: next_moment
-- Now, but later than all messages of the project: their order is the order of creation.
SELECT greatest(clock_timestamp()::timestamp(3), max("createdAt") + interval '1 millisecond')
FROM "Message" WHERE "projectId" = :project_id;

-- name: create_message
-- A message as it is born.
INSERT INTO "Message"
    ("id", "content", "role", "type", "status", "projectId", "replyTo", "cache", "createdAt",
    "updatedAt")
VALUES (
    :message_id, :content, :role::"MessageRole", :type::"MessageType", :status::"MessageStatus",
    :project_id, :reply_to, :cache, :created_at, :created_at
);

-- name: page_of_messages
-- Which messages of a project come next, oldest first, and about how many bytes each one is.
SELECT m."id", m."createdAt",
    octet_length(m."content") + octet_length(m."checks"::text)
        + coalesce(octet_length(f."files"::text), 0) AS "size"
FROM "Message" m LEFT JOIN "Fragment" f ON f."messageId" = m."id"
WHERE m."projectId" = :project_id
    AND (:created_at::timestamp IS NULL OR (m."createdAt", m."id") > (:created_at, :id::text))
ORDER BY m."createdAt", m."id"
LIMIT :limit;

-- name: find_messages
-- Messages with their results, to their owner only, oldest first.
SELECT m.*,
    f."id" AS "fragmentId", f."title", f."framework", f."files",
    f."createdAt" AS "fragmentCreatedAt",
    EXISTS (SELECT FROM "PreviewFile" v WHERE v."fragmentId" = f."id") AS "hasPreview"
FROM "Message" m
JOIN "Project" p ON p."id" = m."projectId"
LEFT JOIN "Fragment" f ON f."messageId" = m."id"
WHERE m."id" = ANY(:message_ids::text[]) AND p."userId" = :user_id
ORDER BY m."createdAt", m."id";

-- name: lock_messages
-- All of a batch before its first one is changed, always in the same order: no two wait in a ring.
SELECT "id" FROM "Message" WHERE "id" = ANY(:message_ids::text[])
ORDER BY "id" FOR NO KEY UPDATE;

-- name: lock_messages_of
-- The same for a project that is about to be deleted, by its owner.
SELECT m."id" FROM "Message" m JOIN "Project" p ON p."id" = m."projectId"
WHERE p."id" = :project_id AND p."userId" = :user_id
ORDER BY m."id" FOR NO KEY UPDATE OF m;

-- name: lock_message
-- One writer at a time decides what becomes of a message.
SELECT "id", "projectId", "status", "type", "attempt", "content", "dispatchedAt",
    clock_timestamp()::timestamp(3) AS "now"
FROM "Message" WHERE "id" = :message_id FOR NO KEY UPDATE;

-- name: lock_own_message
-- The same for a user, who must own it.
SELECT m."id", m."projectId", m."status", m."type", m."attempt", m."content", m."dispatchedAt",
    clock_timestamp()::timestamp(3) AS "now"
FROM "Message" m JOIN "Project" p ON p."id" = m."projectId"
WHERE m."id" = :message_id AND p."userId" = :user_id FOR NO KEY UPDATE OF m;

-- name: write_message
-- The caller holds the row and has asked the state machine.
UPDATE "Message"
SET "status" = :status::"MessageStatus", "type" = :type::"MessageType", "attempt" = :attempt,
    "content" = :content, "updatedAt" = :now
WHERE "id" = :message_id
RETURNING "id", "content", "role", "type", "status", "createdAt", "updatedAt", "projectId";

-- name: record_run
-- A message has one finished run; a second end of it is not recorded.
UPDATE "Message" SET "reason" = :reason, "checks" = :checks, "usage" = :usage
WHERE "id" = :message_id AND "usage" IS NULL
RETURNING "id";

-- name: cancel_message
-- The owner wants the run to end; whichever agent has it is told, and every later one.
UPDATE "Message" SET "cancelledAt" = coalesce("cancelledAt", clock_timestamp())
WHERE "id" = :message_id;

-- name: give_reason
-- Why a message failed that no run has ended.
UPDATE "Message" SET "reason" = :reason WHERE "id" = :message_id;

-- name: note_first_token
-- The first to tell is right. The statement's moment is that of being told, whatever it waits for.
UPDATE "Message"
SET "firstTokenSeconds" =
    greatest(0, extract(epoch FROM statement_timestamp()::timestamp - "createdAt"))
WHERE "id" = :message_id AND "firstTokenSeconds" IS NULL
RETURNING "firstTokenSeconds";

-- name: create_transition
-- Every change of status leaves a trace.
INSERT INTO "Transition"
    ("id", "messageId", "previous", "status", "messageType", "attempt", "cause", "at")
VALUES (
    :transition_id, :message_id, :previous::"MessageStatus", :status::"MessageStatus",
    :message_type::"MessageType", :attempt, :cause, :at
);

-- name: list_transitions
-- What happened to a message, to its owner only, in order.
SELECT t.* FROM "Transition" t
JOIN "Message" m ON m."id" = t."messageId"
JOIN "Project" p ON p."id" = m."projectId"
WHERE m."id" = :message_id AND p."userId" = :user_id
ORDER BY t."at", t."id";


-- Lines ------------------------------------------------------------------------------------------

-- name: find_line
-- A user's unfinished messages, oldest first; one that answers nothing is no agent's to finish.
SELECT m."id", m."projectId", m."dispatchedAt"
FROM "Message" m JOIN "Project" p ON p."id" = m."projectId"
WHERE p."userId" = :user_id AND m."status" <> 'COMPLETE' AND m."replyTo" IS NOT NULL
ORDER BY m."createdAt", m."id";

-- name: lock_owners
-- The users of messages that are about to end, always in the same order.
SELECT "id", "plan" FROM "User"
WHERE "id" IN (
    SELECT p."userId" FROM "Message" m JOIN "Project" p ON p."id" = m."projectId"
    WHERE m."id" = ANY(:message_ids::text[])
)
ORDER BY "id" FOR NO KEY UPDATE;

-- name: dispatch_message
-- Its turn has come. The caller holds the user's row.
UPDATE "Message" SET "dispatchedAt" = clock_timestamp()::timestamp(3), "lane" = :lane
WHERE "id" = :message_id AND "dispatchedAt" IS NULL AND "status" <> 'COMPLETE'
RETURNING "id", "projectId", "lane", "dispatchedAt";

-- name: find_stalled_lines
-- Users with a free place and a message whose turn has come, but which nobody dispatched.
SELECT DISTINCT p."userId"
FROM "Message" m
JOIN "Project" p ON p."id" = m."projectId"
JOIN "User" u ON u."id" = p."userId"
JOIN unnest(:plans::text[], :limits::int[]) AS l ("plan", "most") ON l."plan" = u."plan"::text
WHERE m."status" <> 'COMPLETE' AND m."replyTo" IS NOT NULL AND m."dispatchedAt" IS NULL
    AND NOT EXISTS (
        SELECT FROM "Message" e
        WHERE e."projectId" = m."projectId" AND e."status" <> 'COMPLETE'
            AND e."replyTo" IS NOT NULL
            AND (e."createdAt", e."id") < (m."createdAt", m."id")
    )
    AND l."most" > (
        SELECT count(*) FROM "Message" r JOIN "Project" q ON q."id" = r."projectId"
        WHERE q."userId" = p."userId" AND r."status" <> 'COMPLETE' AND r."replyTo" IS NOT NULL
            AND r."dispatchedAt" IS NOT NULL
    );

-- name: find_overdue
-- With the agents for a while by our account; what the outbox still holds is not late, but waiting.
SELECT m."id", m."projectId", p."userId", m."lane", m."dispatchedAt", m."attempt", m."updatedAt"
FROM "Message" m JOIN "Project" p ON p."id" = m."projectId"
WHERE m."status" <> 'COMPLETE' AND m."replyTo" IS NOT NULL
    AND m."dispatchedAt" < clock_timestamp() - :seconds * interval '1 second'
    AND NOT EXISTS (
        SELECT FROM "Outbox" o WHERE o."eventId" = m."id" AND o."publishedAt" IS NULL
    )
ORDER BY m."dispatchedAt";

-- name: try_lock
-- Whether this transaction is the only one at a chore; given back at its end.
SELECT pg_try_advisory_xact_lock(:number);


-- What a run needs to know -----------------------------------------------------------------------

-- name: find_context
-- The question that a message answers, and its place in the conversation.
SELECT m."id", m."projectId", m."status", m."attempt", p."framework", q."content" AS "prompt",
    q."createdAt" AS "askedAt", m."cancelledAt" IS NOT NULL AS "cancelled", m."cache",
    p."userId", u."plan"
FROM "Message" m
JOIN "Message" q ON q."id" = m."replyTo"
JOIN "Project" p ON p."id" = m."projectId"
JOIN "User" u ON u."id" = p."userId"
WHERE m."id" = :message_id;

-- name: find_history
-- The last turns before a question, newest first; failed and unfinished answers teach nothing.
SELECT "role", "content" FROM "Message"
WHERE "projectId" = :project_id AND "createdAt" < :asked_at
    AND ("role" = 'USER' OR ("status" = 'COMPLETE' AND "type" = 'RESULT'))
    AND "content" <> ''
ORDER BY "createdAt" DESC, "id" DESC
LIMIT :limit;

-- name: find_current_files
-- The project's app before a question, finished or not: what a cancelled or failed run kept is what
-- its user goes on from. Texts only, since the reader can do nothing with binaries.
SELECT f."files" - coalesce(
    (SELECT array_agg(b."path") FROM "BinaryFile" b WHERE b."fragmentId" = f."id"), '{}'
)
FROM "Fragment" f JOIN "Message" m ON m."id" = f."messageId"
WHERE m."projectId" = :project_id AND m."createdAt" < :asked_at
ORDER BY m."createdAt" DESC, m."id" DESC
LIMIT 1;


-- Results ----------------------------------------------------------------------------------------

-- name: create_fragment
-- A message has one result; another one for it is not taken.
INSERT INTO "Fragment"
    ("id", "messageId", "title", "files", "framework", "createdAt", "updatedAt")
VALUES (:fragment_id, :message_id, :title, :files, :framework::"Framework", :now, :now)
ON CONFLICT DO NOTHING
RETURNING "id";

-- name: save_blobs
-- A content that is known already only becomes younger, so that it is not pruned on this occasion.
INSERT INTO "Blob" ("sha256", "data")
SELECT * FROM unnest(:names::text[], :contents::bytea[])
ORDER BY 1
ON CONFLICT ("sha256") DO UPDATE SET "savedAt" = CURRENT_TIMESTAMP;

-- name: create_binary_files
-- Source files that are no texts.
INSERT INTO "BinaryFile" ("fragmentId", "path", "sha256")
SELECT :fragment_id::text, * FROM unnest(:paths::text[], :names::text[]);

-- name: create_preview_files
-- The built app, as the preview serves it.
INSERT INTO "PreviewFile" ("fragmentId", "path", "sha256")
SELECT :fragment_id::text, * FROM unnest(:paths::text[], :names::text[]);

-- name: find_fragment
-- A result, to its owner only.
SELECT f."id" AS "fragmentId", f."messageId", f."title", f."framework", f."files",
    f."createdAt" AS "fragmentCreatedAt",
    EXISTS (SELECT FROM "PreviewFile" v WHERE v."fragmentId" = f."id") AS "hasPreview"
FROM "Fragment" f
JOIN "Message" m ON m."id" = f."messageId"
JOIN "Project" p ON p."id" = m."projectId"
WHERE f."id" = :fragment_id AND p."userId" = :user_id;

-- name: find_preview_file
-- One file of a built app.
SELECT b."sha256", b."data"
FROM "PreviewFile" v JOIN "Blob" b ON b."sha256" = v."sha256"
WHERE v."fragmentId" = :fragment_id AND v."path" = :path;


-- The boxes --------------------------------------------------------------------------------------

-- name: remember_event
-- Answers only the first time, so that an event delivered twice has its effect once.
INSERT INTO "Inbox" ("eventId") VALUES (:event_id) ON CONFLICT DO NOTHING RETURNING "eventId";

-- name: put_in_outbox
-- Written with the change it tells of, published after it.
INSERT INTO "Outbox" ("eventId", "subject", "payload", "createdAt")
VALUES (:event_id, :subject, :payload, :created_at);

-- name: lock_unpublished
-- Replicas wait for each other here (no SKIP LOCKED): two could overtake each other and publish
-- a message's COMPLETE before its STREAMING.
SELECT "id", "eventId", "subject", "payload", "createdAt" FROM "Outbox"
WHERE "publishedAt" IS NULL
ORDER BY "id"
LIMIT :limit
FOR UPDATE;

-- name: mark_published
-- After the broker has acknowledged them.
UPDATE "Outbox" SET "publishedAt" = clock_timestamp() WHERE "id" = ANY(:ids::bigint[]);


-- Pruning: batches, so that no lock is held for long; what somebody else holds waits for next time --

-- name: prune_inbox
-- Events older than the run log keeps facts cannot be delivered again.
DELETE FROM "Inbox" WHERE "eventId" IN (
    SELECT "eventId" FROM "Inbox" WHERE "at" < clock_timestamp() - interval '3 days'
    LIMIT :limit FOR UPDATE SKIP LOCKED
)
RETURNING "eventId";

-- name: prune_outbox
-- Published rows, kept as long as the broker keeps the public events.
DELETE FROM "Outbox" WHERE "id" IN (
    SELECT "id" FROM "Outbox"
    WHERE "createdAt" < clock_timestamp() - interval '7 days' AND "publishedAt" IS NOT NULL
    LIMIT :limit FOR UPDATE SKIP LOCKED
)
RETURNING "id";

-- name: prune_idempotency_keys
-- A key stands for its request for 24 hours, as is usual; after that it may be used anew.
DELETE FROM "IdempotencyKey" WHERE ("userId", "key") IN (
    SELECT "userId", "key" FROM "IdempotencyKey"
    WHERE "createdAt" < clock_timestamp() - interval '24 hours'
    LIMIT :limit FOR UPDATE SKIP LOCKED
)
RETURNING "key";

-- name: prune_blobs
-- Contents that no result names any more; a young one may belong to a result being stored.
DELETE FROM "Blob" WHERE "sha256" IN (
    SELECT b."sha256" FROM "Blob" b
    WHERE b."savedAt" < clock_timestamp() - interval '1 day'
        AND NOT EXISTS (SELECT FROM "BinaryFile" f WHERE f."sha256" = b."sha256")
        AND NOT EXISTS (SELECT FROM "PreviewFile" v WHERE v."sha256" = b."sha256")
    LIMIT :limit FOR UPDATE SKIP LOCKED
)
RETURNING "sha256";
