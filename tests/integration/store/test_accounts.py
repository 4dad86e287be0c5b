"""Keys, users and credits."""

import pytest

from millstream_shared.contracts.enums import MessageType, Plan
from millstream_shared.contracts.facts import ModelUsage, RunFinished
from millstream_shared.contracts.keys import ApiKey, parse_key
from millstream_shared.contracts.store import Authenticate, CreateKey, OneUser, Refused
from millstream_shared.contracts.views import Principal
from tests.integration.store.stored import Store


def asked(key: ApiKey) -> Authenticate:
    return Authenticate(key_id=key.key_id, secret_sha256=key.secret_sha256)


async def test_a_new_key_opens(store: Store) -> None:
    """The key names its user; only the secret's hash is in the database."""
    made = await store.accounts.on_create_key(CreateKey(user="ann", plan=Plan.PRO))
    key = parse_key(made.key)
    assert key is not None
    assert await store.accounts.on_authenticate(asked(key)) == Principal(
        user_id=made.user_id, name="ann", plan=Plan.PRO
    )
    (row,) = await store.sql('SELECT * FROM "ApiKey"')
    assert key.secret not in str(row)


async def test_a_wrong_key_does_not_open(store: Store) -> None:
    """Neither a wrong secret nor an unknown id, nor text that is no hash."""
    made = await store.accounts.on_create_key(CreateKey(user="ann"))
    key = parse_key(made.key)
    assert key is not None
    wrong = [
        asked(ApiKey(key.key_id, "x" * 43)),
        asked(ApiKey("unknown", key.secret)),
        Authenticate(key_id="unknown", secret_sha256="0" * 64),
        Authenticate(key_id=key.key_id, secret_sha256="é"),
    ]
    for attempt in wrong:
        with pytest.raises(Refused, match="unauthorized"):
            await store.accounts.on_authenticate(attempt)


async def test_a_user_has_many_keys_and_one_plan(store: Store) -> None:
    """A plan that is not given stays, one that is given replaces the old one."""
    first = await store.accounts.on_create_key(CreateKey(user="ann"))
    second = await store.accounts.on_create_key(CreateKey(user="ann", plan=Plan.PRO))
    third = await store.accounts.on_create_key(CreateKey(user="ann"))
    assert len({first.user_id, second.user_id, third.user_id}) == 1
    assert [made.plan for made in (first, second, third)] == [Plan.FREE, Plan.PRO, Plan.PRO]
    assert len({first.key, second.key, third.key}) == 3


async def test_a_keys_use_is_noted_at_most_once_a_minute(store: Store) -> None:
    """Asking often does not write often."""
    made = await store.accounts.on_create_key(CreateKey(user="ann"))
    key = parse_key(made.key)
    assert key is not None
    noted = []
    for _ in range(3):
        await store.accounts.on_authenticate(asked(key))
        (row,) = await store.sql('SELECT "lastUsedAt" FROM "ApiKey"')
        noted.append(row["lastUsedAt"])
    assert noted[0] is not None
    assert len(set(noted)) == 1
    await store.sql("""UPDATE "ApiKey" SET "lastUsedAt" = now() - interval '2 minutes'""")
    await store.accounts.on_authenticate(asked(key))
    (row,) = await store.sql('SELECT "lastUsedAt" FROM "ApiKey"')
    assert row["lastUsedAt"] > noted[0]


async def test_a_key_may_be_saved_again(store: Store) -> None:
    """As the development key is, at every start."""
    key = ApiKey("dev", "s" * 43)
    first = await store.accounts.save_key(key, "dev", Plan.PRO)
    assert await store.accounts.save_key(key, "dev", Plan.PRO) == first


async def test_usage_of_a_new_user(store: Store) -> None:
    """Nothing used, nothing to wait for."""
    user = await store.user()
    usage = await store.accounts.on_get_usage(OneUser(user_id=user))
    assert (usage.plan, usage.limit, usage.used, usage.remaining, usage.resets_at) == (
        Plan.FREE,
        5,
        0,
        5,
        None,
    )


async def test_usage_says_when_the_oldest_credit_returns(store: Store) -> None:
    """24 hours after it was reserved; older ones count no more."""
    user, message = await store.begun()
    await store.sql("""UPDATE "Credit" SET "reservedAt" = "reservedAt" - interval '23 hours'""")
    usage = await store.accounts.on_get_usage(OneUser(user_id=user))
    begun = (await store.message(user, message)).created_at
    assert usage.used == 1
    assert usage.resets_at is not None
    assert (usage.resets_at - begun).total_seconds() == 3600
    await store.sql("""UPDATE "Credit" SET "reservedAt" = "reservedAt" - interval '2 hours'""")
    assert (await store.accounts.on_get_usage(OneUser(user_id=user))).used == 0


async def test_tokens_add_up_over_runs(store: Store) -> None:
    """All that a run's usage tells of; one from before there was so much to tell counts as well."""
    user = await store.user()
    project = await store.project(user)
    for number in range(2):
        message = (await store.begin(user, project)).message.id
        await store.tell(
            RunFinished(
                event_id=f"end-{number}",
                message_id=message,
                attempt=1,
                outcome=MessageType.RESULT,
                content="Done.",
                usage=ModelUsage(
                    calls=2,
                    input_tokens=10,
                    output_tokens=20,
                    attempts=3,
                    cached_calls=1,
                    cached_input_tokens=5,
                    cost=0.25,
                ),
            )
        )
    await store.sql(
        """
        INSERT INTO "Credit" ("messageId", "userId", "state", "usage", "reservedAt", "endedAt")
        SELECT 'older', "userId", "state", '{"calls": 1, "inputTokens": 1}', "reservedAt", "endedAt"
        FROM "Credit" LIMIT 1
        """
    )
    usage = await store.accounts.on_get_usage(OneUser(user_id=user))
    assert usage.tokens == ModelUsage(
        calls=5,
        input_tokens=21,
        output_tokens=40,
        attempts=6,
        cached_calls=2,
        cached_input_tokens=10,
        cost=0.5,
    )
