import { Check, Plus, Star, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { cn } from '@/lib/cn'
import { progressOf, shown, type Filter, type Stage, type Step } from '../plan'

type Props = {
  number: number
  stage: Stage
  filter: Filter
  onChange: (change: (steps: Step[]) => Step[]) => void
}

export function StageCard({ number, stage, filter, onChange }: Props) {
  const [text, setText] = useState('')
  const { done, total, share } = progressOf(stage.steps)
  const steps = shown(stage, filter)
  const update = (id: string, change: Partial<Step>) =>
    onChange((all) => all.map((step) => (step.id === id ? { ...step, ...change } : step)))

  return (
    <section className="flex flex-col rounded-3xl bg-white p-5 shadow-sm ring-1 ring-black/5 dark:bg-white/5 dark:ring-white/10">
      <div className="flex items-baseline gap-3">
        <span className="text-sm font-semibold text-violet-600 dark:text-violet-300">{number}</span>
        <h2 className="text-lg font-semibold">{stage.name}</h2>
        <span className="ml-auto text-sm text-zinc-500 tabular-nums dark:text-zinc-400">
          {done} of {total}
        </span>
      </div>
      <p className="mt-1 text-sm text-zinc-600 dark:text-zinc-400">{stage.goal}</p>
      <div className="mt-4 h-1.5 overflow-hidden rounded-full bg-zinc-100 dark:bg-white/10" aria-hidden>
        <div className="h-full rounded-full bg-violet-500 transition-all duration-500" style={{ width: `${share * 100}%` }} />
      </div>

      <ul className="mt-4 space-y-1">
        {steps.map((step) => (
          <li key={step.id} className="group -mx-2 flex items-start gap-2 rounded-xl px-2 py-2 hover:bg-zinc-50 dark:hover:bg-white/5">
            <label className="flex flex-1 cursor-pointer items-start gap-3">
              <input
                type="checkbox"
                checked={step.done}
                onChange={() => update(step.id, { done: !step.done })}
                className="peer sr-only"
              />
              <span
                aria-hidden
                className={cn(
                  'mt-0.5 grid size-5 shrink-0 place-items-center rounded-md border-2 border-zinc-300 text-white outline-offset-2 outline-violet-500 peer-focus-visible:outline-2 dark:border-zinc-600',
                  step.done && 'border-violet-600 bg-violet-600 dark:border-violet-500 dark:bg-violet-500',
                )}
              >
                {step.done && <Check className="size-3.5" strokeWidth={3.5} />}
              </span>
              <span className={cn('leading-snug', step.done && 'text-zinc-500 line-through')}>{step.text}</span>
            </label>
            <button
              type="button"
              aria-pressed={step.starred}
              aria-label={`Star “${step.text}”`}
              onClick={() => update(step.id, { starred: !step.starred })}
              className={cn('p-0.5 text-zinc-300 hover:text-amber-500 dark:text-zinc-600', step.starred && 'text-amber-500 dark:text-amber-400')}
            >
              <Star className={cn('size-4', step.starred && 'fill-current')} aria-hidden />
            </button>
            <button
              type="button"
              aria-label={`Remove “${step.text}”`}
              onClick={() => onChange((all) => all.filter((item) => item.id !== step.id))}
              className="p-0.5 text-zinc-300 hover:text-rose-500 dark:text-zinc-600"
            >
              <Trash2 className="size-4" aria-hidden />
            </button>
          </li>
        ))}
        {steps.length === 0 && <li className="py-2 text-sm text-zinc-500">Nothing to show here.</li>}
      </ul>

      <form
        className="mt-auto flex items-center gap-2 pt-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (!text.trim()) return
          onChange((all) => [...all, { id: Date.now().toString(36), text: text.trim(), done: false, starred: false }])
          setText('')
        }}
      >
        <input
          value={text}
          onChange={(event) => setText(event.target.value)}
          placeholder="Add a step"
          aria-label={`Add a step to ${stage.name}`}
          className="min-w-0 flex-1 rounded-xl bg-zinc-100 px-3 py-2 text-sm placeholder:text-zinc-500 dark:bg-white/10"
        />
        <button
          type="submit"
          aria-label={`Add to ${stage.name}`}
          className="grid size-9 place-items-center rounded-xl bg-violet-600 text-white hover:bg-violet-700"
        >
          <Plus className="size-4" aria-hidden />
        </button>
      </form>
    </section>
  )
}
