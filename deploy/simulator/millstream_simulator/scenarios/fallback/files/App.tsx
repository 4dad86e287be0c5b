import { NotebookPen, RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { cn } from '@/lib/cn'
import { useStoredState } from '@/lib/useStoredState'
import { StageCard } from './components/StageCard'
import { filters, idea, progressOf, starter, title, withSteps, type Filter, type Stage } from './plan'

export default function App() {
  const [stages, setStages] = useStoredState<Stage[]>('plan', starter)
  const [notes, setNotes] = useStoredState('plan-notes', '')
  const [filter, setFilter] = useState<Filter>('All')

  const all = stages.flatMap((stage) => stage.steps)
  const { done, total, share } = progressOf(all)
  const next = all.find((step) => !step.done && step.starred) ?? all.find((step) => !step.done)

  return (
    <main className="min-h-dvh bg-violet-50 px-4 py-10 text-zinc-900 sm:px-8 sm:py-16 dark:bg-zinc-950 dark:text-zinc-100">
      <div className="mx-auto max-w-6xl">
        <header className="flex flex-wrap items-end justify-between gap-8">
          <div className="max-w-2xl min-w-0">
            <h1 className="text-4xl font-semibold tracking-tight text-balance break-words sm:text-5xl">{title}</h1>
            <p className="mt-4 border-l-4 border-violet-300 pl-4 text-lg text-pretty break-words text-zinc-600 dark:border-violet-700 dark:text-zinc-300">
              {idea}
            </p>
          </div>
          <div className="w-full max-w-xs">
            <p className="flex items-baseline justify-between">
              <span className="text-4xl font-semibold tabular-nums">{Math.round(share * 100)}%</span>
              <span className="text-sm text-zinc-600 dark:text-zinc-400">
                {done} of {total} steps
              </span>
            </p>
            <div
              role="progressbar"
              aria-label="Progress"
              aria-valuenow={Math.round(share * 100)}
              className="mt-2 h-3 overflow-hidden rounded-full bg-violet-200/70 dark:bg-white/10"
            >
              <div
                className="h-full rounded-full bg-linear-to-r from-violet-600 to-fuchsia-500 transition-all duration-500"
                style={{ width: `${share * 100}%` }}
              />
            </div>
          </div>
        </header>

        <div className="mt-10 flex flex-wrap items-center justify-between gap-4">
          <p className="text-zinc-700 dark:text-zinc-300" aria-live="polite">
            {next ? (
              <>
                Next up: <strong className="font-semibold">{next.text}</strong>
              </>
            ) : (
              'Everything is done. Time to celebrate.'
            )}
          </p>
          <div role="group" aria-label="Show" className="flex rounded-full bg-white p-1 text-sm shadow-sm dark:bg-white/10">
            {filters.map((name) => (
              <button
                key={name}
                type="button"
                aria-pressed={filter === name}
                onClick={() => setFilter(name)}
                className={cn('rounded-full px-4 py-1.5', filter === name && 'bg-violet-600 text-white')}
              >
                {name}
              </button>
            ))}
          </div>
        </div>

        <div className="mt-5 grid gap-5 md:grid-cols-2 lg:grid-cols-3">
          {stages.map((stage, index) => (
            <StageCard
              key={stage.id}
              number={index + 1}
              stage={stage}
              filter={filter}
              onChange={(change) => setStages((now) => withSteps(now, stage.id, change))}
            />
          ))}
        </div>

        <label className="mt-5 block rounded-3xl bg-amber-100 p-5 text-amber-950 dark:bg-amber-200/10 dark:text-amber-100">
          <span className="flex items-center gap-2 font-semibold">
            <NotebookPen className="size-4" aria-hidden /> Notes
          </span>
          <textarea
            value={notes}
            onChange={(event) => setNotes(event.target.value)}
            rows={4}
            placeholder="Questions, links, half-baked thoughts"
            className="mt-2 w-full resize-y bg-transparent outline-none placeholder:text-amber-900/60 dark:placeholder:text-amber-100/50"
          />
        </label>

        <button
          type="button"
          onClick={() => setStages(starter)}
          className="mt-6 inline-flex items-center gap-2 text-sm text-zinc-600 hover:text-zinc-900 dark:text-zinc-400 dark:hover:text-zinc-100"
        >
          <RotateCcw className="size-4" aria-hidden /> Start the plan over
        </button>
      </div>
    </main>
  )
}
