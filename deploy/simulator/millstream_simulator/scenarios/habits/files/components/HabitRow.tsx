import { format } from 'date-fns'
import { Check, Flame, Trash2 } from 'lucide-react'
import { cn } from '@/lib/cn'
import { dayKey, icons, lastDays, type Color, type Habit } from '../habits'

const fills: Record<Color, string> = {
  emerald: 'bg-emerald-400',
  sky: 'bg-sky-400',
  violet: 'bg-violet-400',
  amber: 'bg-amber-400',
  rose: 'bg-rose-400',
}

const tints: Record<Color, string> = {
  emerald: 'bg-emerald-400/15 text-emerald-300',
  sky: 'bg-sky-400/15 text-sky-300',
  violet: 'bg-violet-400/15 text-violet-300',
  amber: 'bg-amber-400/15 text-amber-300',
  rose: 'bg-rose-400/15 text-rose-300',
}

type Props = {
  habit: Habit
  /** Days in a row. */
  streak: number
  onToggle: (day: string) => void
  onRemove: () => void
}

export function HabitRow({ habit, streak, onToggle, onRemove }: Props) {
  const Icon = icons[habit.icon]

  return (
    <li className="group flex flex-wrap items-center gap-x-4 gap-y-3 rounded-2xl border border-zinc-800 bg-zinc-900 p-4">
      <span className={cn('grid size-11 place-items-center rounded-xl', tints[habit.color])} aria-hidden>
        <Icon className="size-5" />
      </span>
      <div className="min-w-32 flex-1">
        <h3 className="font-medium">{habit.name}</h3>
        <p className={cn('flex items-center gap-1 text-sm text-zinc-400', streak > 6 && 'text-orange-400')}>
          <Flame className="size-3.5" aria-hidden />
          {streak === 1 ? '1 day' : `${streak} days`}
        </p>
      </div>
      <div className="flex gap-1.5" role="group" aria-label={`${habit.name}, last seven days`}>
        {lastDays(7).map((day) => {
          const key = dayKey(day)
          const done = habit.done.includes(key)
          return (
            <button
              key={key}
              type="button"
              aria-pressed={done}
              aria-label={`${habit.name} on ${format(day, 'EEEE d MMMM')}`}
              onClick={() => onToggle(key)}
              className="flex flex-col items-center gap-1 rounded-lg text-[0.6875rem] text-zinc-400"
            >
              {format(day, 'EEEEE')}
              <span
                className={cn(
                  'grid size-8 place-items-center rounded-lg border border-zinc-700 text-zinc-950 transition-transform hover:border-zinc-500 active:scale-90',
                  done && `border-transparent ${fills[habit.color]}`,
                )}
              >
                {done && <Check className="size-4" strokeWidth={3} aria-hidden />}
              </span>
            </button>
          )
        })}
      </div>
      <button
        type="button"
        aria-label={`Remove ${habit.name}`}
        onClick={onRemove}
        className="rounded-lg p-2 text-zinc-500 hover:bg-zinc-800 hover:text-rose-400"
      >
        <Trash2 className="size-4" aria-hidden />
      </button>
    </li>
  )
}
