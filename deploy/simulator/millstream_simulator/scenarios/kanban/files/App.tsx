import {
  closestCorners,
  DndContext,
  DragOverlay,
  MouseSensor,
  pointerWithin,
  TouchSensor,
  useSensor,
  useSensors,
  type CollisionDetection,
  type DragOverEvent,
  type DragStartEvent,
} from '@dnd-kit/core'
import { Search, SquareKanban } from 'lucide-react'
import { useState } from 'react'
import { cn } from '@/lib/cn'
import { useStoredState } from '@/lib/useStoredState'
import { columnOf, columns, labels, nudgeTask, placeOf, placeTask, removeTask, starter, type Board, type Label } from './board'
import { Column } from './components/Column'
import { TaskFace } from './components/TaskCard'

/** The card under the pointer wins over the column around it; outside of both, the nearest. */
const findTarget: CollisionDetection = (args) => {
  const under = pointerWithin(args)
  if (under.length === 0) return closestCorners(args)
  const cards = under.filter((hit) => !columns.some((column) => column.id === hit.id))
  return cards.length > 0 ? cards : under
}

export default function App() {
  const [board, setBoard] = useStoredState<Board>('kanban-board', starter)
  const [before, setBefore] = useState<Board | null>(null)
  const [activeId, setActiveId] = useState<string | null>(null)
  const [news, setNews] = useState('')
  const [query, setQuery] = useState('')
  const [label, setLabel] = useState<Label | 'All'>('All')

  const sensors = useSensors(
    useSensor(MouseSensor, { activationConstraint: { distance: 6 } }),
    useSensor(TouchSensor, { activationConstraint: { delay: 180, tolerance: 8 } }),
  )

  const all = columns.flatMap((column) => board[column.id])
  const active = all.find((task) => task.id === activeId)
  const done = Math.round((board.done.length / Math.max(1, all.length)) * 100)

  const visible = (tasks: Board['done']) =>
    tasks.filter(
      (task) =>
        (label === 'All' || task.label === label) &&
        `${task.title} ${task.owner}`.toLowerCase().includes(query.toLowerCase()),
    )

  function onDragStart({ active }: DragStartEvent) {
    setActiveId(String(active.id))
    setBefore(board)
  }

  function onDragOver({ active, over }: DragOverEvent) {
    if (!over) return
    const [id, target] = [String(active.id), String(over.id)]
    setBoard((now) => (columnOf(now, id) === columnOf(now, target) ? now : placeTask(now, id, target)))
  }

  function onDragEnd({ active, over }: DragOverEvent) {
    if (over) setBoard((now) => placeTask(now, String(active.id), String(over.id)))
    setActiveId(null)
  }

  function onNudge(id: string, key: string) {
    const next = nudgeTask(board, id, key)
    setBoard(next)
    setNews(placeOf(next, id))
    // In another column the card is a new element: its grip takes the focus again.
    requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-task="${id}"] [data-grip]`)?.focus())
  }

  function onDragCancel() {
    if (before) setBoard(before)
    setActiveId(null)
  }

  return (
    <div className="flex h-dvh flex-col bg-stone-100 text-stone-900">
      <header className="flex flex-wrap items-center gap-x-6 gap-y-3 border-b border-stone-200 bg-white px-5 py-4 sm:px-8">
        <div className="flex items-center gap-3">
          <span className="grid size-10 place-items-center rounded-xl bg-stone-900 text-white">
            <SquareKanban className="size-5" aria-hidden />
          </span>
          <div>
            <h1 className="text-lg leading-tight font-semibold">Spring launch</h1>
            <p className="text-sm text-stone-500">
              {board.done.length} of {all.length} tasks done
            </p>
          </div>
        </div>
        <div
          role="progressbar"
          aria-label="Tasks done"
          aria-valuenow={done}
          className="hidden h-2 w-40 overflow-hidden rounded-full bg-stone-200 sm:block"
        >
          <div className="h-full rounded-full bg-emerald-500 transition-all" style={{ width: `${done}%` }} />
        </div>
        <div className="flex w-full flex-wrap items-center gap-3 lg:ml-auto lg:w-auto">
          <div role="group" aria-label="Filter by label" className="flex rounded-lg bg-stone-100 p-1 text-sm">
            {(['All', ...labels] as const).map((name) => (
              <button
                key={name}
                type="button"
                aria-pressed={label === name}
                onClick={() => setLabel(name)}
                className={cn('rounded-md px-2.5 py-1 text-stone-600', label === name && 'bg-white text-stone-900 shadow-xs')}
              >
                {name}
              </button>
            ))}
          </div>
          <label className="flex min-w-48 flex-1 items-center gap-2 rounded-lg border border-stone-200 px-3 focus-within:border-stone-400">
            <Search className="size-4 text-stone-400" aria-hidden />
            <input
              type="search"
              value={query}
              onChange={(event) => setQuery(event.target.value)}
              placeholder="Search tasks or people"
              aria-label="Search tasks or people"
              className="w-full bg-transparent py-2 text-sm outline-none"
            />
          </label>
        </div>
      </header>

      <DndContext
        sensors={sensors}
        collisionDetection={findTarget}
        onDragStart={onDragStart}
        onDragOver={onDragOver}
        onDragEnd={onDragEnd}
        onDragCancel={onDragCancel}
      >
        <main className="flex flex-1 items-start gap-4 overflow-x-auto p-5 sm:p-8">
          {columns.map((column) => (
            <Column
              key={column.id}
              {...column}
              tasks={visible(board[column.id])}
              onNudge={onNudge}
              onRemove={(id) => setBoard((now) => removeTask(now, id))}
              onAdd={(title) =>
                setBoard((now) => ({
                  ...now,
                  [column.id]: [
                    ...now[column.id],
                    {
                      id: Date.now().toString(36),
                      title,
                      label: label === 'All' ? 'Frontend' : label,
                      owner: 'You',
                      due: 'No date',
                    },
                  ],
                }))
              }
            />
          ))}
        </main>
        <p className="sr-only" role="status">
          {news}
        </p>
        <DragOverlay>{active && <TaskFace task={active} lifted />}</DragOverlay>
      </DndContext>
    </div>
  )
}
