import { format } from 'date-fns'
import { cn } from '@/lib/cn'
import { dayKey, lastDays, type Habit } from '../habits'

const WEEKS = 18
const shades = ['bg-zinc-800/70', 'bg-emerald-950', 'bg-emerald-800', 'bg-emerald-600', 'bg-emerald-400']

export function Heatmap({ habits }: { habits: Habit[] }) {
  const counts = new Map<string, number>()
  for (const key of habits.flatMap((habit) => habit.done)) counts.set(key, (counts.get(key) ?? 0) + 1)

  const shadeOf = (count: number) => {
    if (count === 0) return shades[0]
    return shades[Math.min(4, Math.ceil((count / Math.max(1, habits.length)) * 4))]
  }

  return (
    <figure className="min-w-0">
      <div className="grid grid-flow-col grid-rows-7 gap-1">
        {lastDays(WEEKS * 7).map((day) => {
          const count = counts.get(dayKey(day)) ?? 0
          return (
            <span
              key={dayKey(day)}
              title={`${format(day, 'EEE d MMM')}: ${count} done`}
              className={cn('aspect-square rounded-[3px] transition-colors', shadeOf(count))}
            />
          )
        })}
      </div>
      <figcaption className="mt-3 flex items-center justify-between text-xs text-zinc-400">
        <span>Last {WEEKS} weeks</span>
        <span className="flex items-center gap-1" aria-hidden>
          less
          {shades.map((shade) => (
            <span key={shade} className={cn('size-2.5 rounded-[2px]', shade)} />
          ))}
          more
        </span>
      </figcaption>
    </figure>
  )
}
