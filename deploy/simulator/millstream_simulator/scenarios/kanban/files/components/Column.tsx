import { useDroppable } from '@dnd-kit/core'
import { SortableContext, verticalListSortingStrategy } from '@dnd-kit/sortable'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { cn } from '@/lib/cn'
import type { ColumnId, Task } from '../board'
import { TaskCard } from './TaskCard'

type Props = {
  id: ColumnId
  name: string
  dot: string
  tasks: Task[]
  onAdd: (title: string) => void
  onNudge: (id: string, key: string) => void
  onRemove: (id: string) => void
}

export function Column({ id, name, dot, tasks, onAdd, onNudge, onRemove }: Props) {
  const { setNodeRef, isOver } = useDroppable({ id })

  return (
    <section
      ref={setNodeRef}
      aria-label={name}
      data-column={id}
      className={cn(
        'flex max-h-full w-72 shrink-0 flex-col rounded-2xl bg-stone-200/60 p-3 transition-colors xl:w-auto xl:flex-1',
        isOver && 'bg-stone-300/60',
      )}
    >
      <h2 className="flex items-center gap-2 px-1.5 pt-0.5 pb-3 text-sm font-semibold text-stone-700">
        <span className={cn('size-2.5 rounded-full', dot)} aria-hidden />
        {name}
        <span className="ml-auto rounded-full bg-white/70 px-2 py-0.5 text-xs text-stone-500 tabular-nums">
          {tasks.length}
        </span>
      </h2>
      <SortableContext items={tasks.map((task) => task.id)} strategy={verticalListSortingStrategy}>
        <ul className="flex min-h-16 flex-1 flex-col gap-2.5 overflow-y-auto p-0.5">
          {tasks.map((task) => (
            <TaskCard
              key={task.id}
              task={task}
              onNudge={(key) => onNudge(task.id, key)}
              onRemove={() => onRemove(task.id)}
            />
          ))}
          {tasks.length === 0 && (
            <li className="list-none rounded-xl border border-dashed border-stone-300 py-6 text-center text-sm text-stone-500">
              Drop a card here
            </li>
          )}
        </ul>
      </SortableContext>
      <AddTask column={name} onAdd={onAdd} />
    </section>
  )
}

function AddTask({ column, onAdd }: { column: string; onAdd: (title: string) => void }) {
  const [title, setTitle] = useState('')

  return (
    <form
      className="mt-2.5 flex items-center gap-1 rounded-xl px-1.5 focus-within:bg-white"
      onSubmit={(event) => {
        event.preventDefault()
        if (title.trim()) onAdd(title.trim())
        setTitle('')
      }}
    >
      <Plus className="size-4 shrink-0 text-stone-500" aria-hidden />
      <input
        value={title}
        onChange={(event) => setTitle(event.target.value)}
        placeholder="Add a task"
        aria-label={`Add a task to ${column}`}
        className="w-full bg-transparent py-2 text-sm text-stone-800 outline-none placeholder:text-stone-500"
      />
    </form>
  )
}
