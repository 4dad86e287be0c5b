import { Check, Plus, X } from 'lucide-react'
import { useState } from 'react'
import { cn } from '@/lib/cn'

export type Task = { id: string; name: string; planned: number; rounds: number; done: boolean }

type Props = {
  tasks: Task[]
  currentId: string | null
  onChoose: (id: string) => void
  onChange: (tasks: Task[]) => void
}

export function TaskList({ tasks, currentId, onChoose, onChange }: Props) {
  const [name, setName] = useState('')
  const update = (id: string, change: Partial<Task>) =>
    onChange(tasks.map((task) => (task.id === id ? { ...task, ...change } : task)))

  return (
    <section aria-label="Tasks" className="rounded-3xl bg-white p-5 text-stone-800 shadow-xl shadow-black/10 sm:p-7">
      <h2 className="text-lg font-semibold">What are you working on?</h2>
      <ul className="mt-4 space-y-2">
        {tasks.map((task) => (
          <li
            key={task.id}
            className={cn(
              'flex items-center gap-3 rounded-2xl border-2 border-stone-100 p-3',
              task.id === currentId && 'border-stone-800',
            )}
          >
            <button
              type="button"
              aria-pressed={task.done}
              aria-label={`${task.name} is done`}
              onClick={() => update(task.id, { done: !task.done })}
              className={cn(
                'grid size-6 shrink-0 place-items-center rounded-full border-2 border-stone-300 text-white',
                task.done && 'border-emerald-600 bg-emerald-600',
              )}
            >
              {task.done && <Check className="size-3.5" strokeWidth={3} aria-hidden />}
            </button>
            <button
              type="button"
              aria-pressed={task.id === currentId}
              onClick={() => onChoose(task.id)}
              className={cn('min-w-0 flex-1 text-left font-medium', task.done && 'text-stone-400 line-through')}
            >
              {task.name}
            </button>
            <span className="text-sm whitespace-nowrap text-stone-500 tabular-nums" title="Rounds finished and planned">
              {task.rounds} / {task.planned}
            </span>
            <button
              type="button"
              aria-label={`Remove ${task.name}`}
              onClick={() => onChange(tasks.filter((item) => item.id !== task.id))}
              className="text-stone-400 hover:text-stone-800"
            >
              <X className="size-4" aria-hidden />
            </button>
          </li>
        ))}
      </ul>
      <form
        className="mt-3 flex items-center gap-2 rounded-2xl bg-stone-100 px-3 focus-within:ring-2 focus-within:ring-stone-800"
        onSubmit={(event) => {
          event.preventDefault()
          if (!name.trim()) return
          onChange([...tasks, { id: Date.now().toString(36), name: name.trim(), planned: 2, rounds: 0, done: false }])
          setName('')
        }}
      >
        <Plus className="size-4 text-stone-500" aria-hidden />
        <input
          value={name}
          onChange={(event) => setName(event.target.value)}
          placeholder="Add a task"
          aria-label="Add a task"
          className="w-full bg-transparent py-3 outline-none placeholder:text-stone-500"
        />
      </form>
    </section>
  )
}
