import { cn } from '@/lib/cn'
import { format, parseISO } from 'date-fns'
import { Trash2 } from 'lucide-react'
import { categories, cents, type Expense } from '../expenses'

type Props = { expenses: Expense[]; onRemove: (id: string) => void }

export default function ExpenseList({ expenses, onRemove }: Props) {
  if (expenses.length === 0) {
    return <p className="rounded-2xl bg-slate-50 p-8 text-center text-slate-500">Nothing here yet. What you add shows up in this list.</p>
  }
  const newestFirst = [...expenses].sort((a, b) => b.date.localeCompare(a.date))
  return (
    <ul className="divide-y divide-slate-100">
      {newestFirst.map(({ id, date, note, category, amount }) => {
        const { name, icon: Icon, tint } = categories.find((known) => known.id === category) ?? categories[0]
        return (
          <li key={id} className="group flex items-center gap-3 py-3">
            <span className={cn('grid size-10 shrink-0 place-items-center rounded-xl', tint)}>
              <Icon className="size-4.5" aria-hidden />
            </span>
            <span className="min-w-0">
              <span className="block truncate font-medium">{note}</span>
              <span className="block text-xs text-slate-500">
                {name} · {format(parseISO(date), 'EEE d MMM')}
              </span>
            </span>
            <span className="ml-auto font-semibold tabular-nums">{cents(amount)}</span>
            <button
              type="button"
              aria-label={`Delete ${note}`}
              onClick={() => onRemove(id)}
              className="rounded-lg p-1.5 text-slate-400 transition hover:bg-rose-50 hover:text-rose-600"
            >
              <Trash2 className="size-4" aria-hidden />
            </button>
          </li>
        )
      })}
    </ul>
  )
}
