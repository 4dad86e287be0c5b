"""The store's composition root: everything is built here, nothing at import."""

import asyncio
import logging
from functools import partial

from faststream.asgi import AsgiFastStream
from faststream.nats import NatsBroker
from nats.aio.client import Client
from nats.errors import Error as NatsError

from millstream_shared.contracts import store
from millstream_shared.contracts.enums import Plan
from millstream_shared.contracts.keys import parse_key
from millstream_shared.contracts.store import Refused
from millstream_shared.runtime.blobs import BlobStore
from millstream_shared.runtime.broker import build_broker
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.health import Probe, health_routes
from millstream_shared.runtime.rpc import serve
from millstream_shared.runtime.service import run_service
from millstream_shared.runtime.settings import CommonSettings
from millstream_shared.runtime.streams import declare
from millstream_store.adapters.fact_consumer import FactConsumer
from millstream_store.adapters.generation_queue import GenerationQueue
from millstream_store.adapters.migrations import migrate, shipped_migrations
from millstream_store.adapters.outbox_relay import OutboxRelay
from millstream_store.adapters.postgres import Postgres
from millstream_store.adapters.result_blobs import ResultBlobs
from millstream_store.adapters.workers import Workers, every
from millstream_store.core.ids import new_id
from millstream_store.handlers.accounts import Accounts
from millstream_store.handlers.cancelling import Cancels
from millstream_store.handlers.contexts import Contexts
from millstream_store.handlers.figures import FiguresOfUsers
from millstream_store.handlers.fragments import Fragments
from millstream_store.handlers.generations import Generations
from millstream_store.handlers.ledger import Ledger
from millstream_store.handlers.lines import Lines
from millstream_store.handlers.messages import Messages
from millstream_store.handlers.projects import Projects
from millstream_store.handlers.pruning import Pruning
from millstream_store.handlers.recording import Ring
from millstream_store.handlers.repairing import Repair
from millstream_store.handlers.run_facts import RunFacts
from millstream_store.settings import StoreSettings
from millstream_store.sql.session import Database

READY_SECONDS = 2.0
PRUNE_SECONDS = 3600.0


def run() -> None:
    """Serves the store until it is told to stop; settings come from the environment."""
    common, settings = CommonSettings(), StoreSettings()
    run_service("store", build(common, settings), common, settings)


def build(common: CommonSettings, settings: StoreSettings) -> AsgiFastStream:
    """The store, not yet connected to anything."""
    broker = build_broker(common, "store", settings.graceful_timeout)
    database, workers, bell = Postgres(settings), Workers(), asyncio.Event()
    accounts, lines = Accounts(database, settings, new_id), Lines(settings)
    _serve_accounts(broker, accounts)
    _serve_projects(broker, Projects(database, lines, new_id, bell.set))
    _serve_messages(broker, database, lines, bell.set)
    _serve_runs(broker, database, settings)
    _serve_figures(broker, database)
    generations = Generations(database, settings, lines, new_id, bell.set)
    serve(broker, store.BEGIN_GENERATION, generations.on_begin_generation)

    async def prepare_database() -> None:
        await database.open()
        await migrate(settings.database_url.get_secret_value(), shipped_migrations())
        await _save_dev_key(accounts, settings)

    async def start_workers() -> None:
        bus = Bus(await broker.connect())
        await broker.keep(partial(declare, bus.js))
        results = ResultBlobs(await BlobStore.open(bus))
        facts = RunFacts(database, results, lines, new_id, bell.set)
        seconds = settings.sweep_seconds
        repair = Repair(database, GenerationQueue(bus), lines, seconds, bell.set)
        workers.start("facts", FactConsumer(bus, facts.on_run_facts, facts.on_hopeless_fact).run)
        workers.start("outbox", OutboxRelay(database, bus, bell).run)
        workers.start("repair", partial(every, seconds, repair.sweep))
        workers.start("pruning", partial(every, PRUNE_SECONDS, Pruning(database).prune))

    return AsgiFastStream(
        broker,
        asgi_routes=health_routes(_probe(broker, database, workers)),
        logger=logging.getLogger("millstream.store"),
        on_startup=[prepare_database],
        after_startup=[start_workers],
        on_shutdown=[workers.stop],
        after_shutdown=[database.close],
    )


def _serve_accounts(broker: NatsBroker, accounts: Accounts) -> None:
    serve(broker, store.AUTHENTICATE, accounts.on_authenticate)
    serve(broker, store.CREATE_KEY, accounts.on_create_key)
    serve(broker, store.GET_USAGE, accounts.on_get_usage)


def _serve_projects(broker: NatsBroker, projects: Projects) -> None:
    serve(broker, store.CREATE_PROJECT, projects.on_create_project)
    serve(broker, store.GET_PROJECT, projects.on_get_project)
    serve(broker, store.LIST_PROJECTS, projects.on_list_projects)
    serve(broker, store.CHANGE_PROJECT, projects.on_change_project)
    serve(broker, store.DELETE_PROJECT, projects.on_delete_project)


def _serve_messages(broker: NatsBroker, database: Database, lines: Lines, ring: Ring) -> None:
    messages = Messages(database, lines, new_id, ring)
    serve(broker, store.GET_MESSAGE, messages.on_get_message)
    serve(broker, store.LIST_MESSAGES, messages.on_list_messages)
    serve(broker, store.LIST_TRANSITIONS, messages.on_list_transitions)
    serve(broker, store.UPDATE_MESSAGE, messages.on_update_message)
    cancels = Cancels(database, lines, new_id, ring)
    serve(broker, store.CANCEL_MESSAGE, cancels.on_cancel_message)


def _serve_runs(broker: NatsBroker, database: Database, settings: StoreSettings) -> None:
    fragments = Fragments(database)
    serve(broker, store.GET_FRAGMENT, fragments.on_get_fragment)
    serve(broker, store.GET_PREVIEW_FILE, fragments.on_get_preview_file)
    serve(broker, store.GET_CONTEXT, Contexts(database, settings).on_get_context)


def _serve_figures(broker: NatsBroker, database: Database) -> None:
    serve(broker, store.LIST_ATTEMPTS, Ledger(database).on_list_attempts)
    figures = FiguresOfUsers(database)
    serve(broker, store.GET_SUMMARY, figures.on_get_summary)
    serve(broker, store.NOTE_FIRST_TOKEN, figures.on_note_first_token)


async def _save_dev_key(accounts: Accounts, settings: StoreSettings) -> None:
    if settings.dev_key is None:
        return
    key = parse_key(settings.dev_key.get_secret_value())
    if key is None:
        raise ValueError("MILLSTREAM_STORE_DEV_KEY has not the form ms_<id>_<secret>")
    await accounts.save_key(key, "dev", Plan.PRO)


def _probe(broker: NatsBroker, database: Database, workers: Workers) -> Probe:
    async def missing() -> str | None:
        if not workers.started:
            return "the store is still starting"
        try:
            async with asyncio.timeout(READY_SECONDS):
                return await _missing(broker, database)
        except TimeoutError:
            return "broker or database are slow to answer"

    return missing


async def _missing(broker: NatsBroker, database: Database) -> str | None:
    client: Client = await broker.connect()
    try:
        await client.flush(timeout=1)
    except (NatsError, OSError):
        return "the broker does not answer"
    try:
        async with database.reading() as session:
            await session.value("answers")
    except Refused:
        return "the database does not answer"
    return None
