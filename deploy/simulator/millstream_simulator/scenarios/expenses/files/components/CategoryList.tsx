import { cn } from '@/lib/cn'
import { categories, dollars, total, type CategoryId, type Expense } from '../expenses'

type Props = { expenses: Expense[]; chosen: CategoryId | null; onChoose: (category: CategoryId | null) => void }

export default function CategoryList({ expenses, chosen, onChoose }: Props) {
  return (
    <ul className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
      {categories.map(({ id, name, icon: Icon, budget, tint, bar }) => {
        const spent = total(expenses.filter((expense) => expense.category === id))
        const over = spent > budget
        return (
          <li key={id}>
            <button
              type="button"
              aria-pressed={chosen === id}
              onClick={() => onChoose(chosen === id ? null : id)}
              className={cn(
                'w-full rounded-2xl bg-white p-4 text-left shadow-sm ring-1 ring-blue-950/5 transition hover:-translate-y-0.5 hover:shadow-md',
                chosen === id && 'ring-2 ring-blue-700',
              )}
            >
              <span className="flex items-center gap-3">
                <span className={cn('grid size-9 place-items-center rounded-xl', tint)}>
                  <Icon className="size-4.5" aria-hidden />
                </span>
                <span className="font-medium">{name}</span>
                <span className="ml-auto font-semibold tabular-nums">{dollars(spent)}</span>
              </span>
              <span className="mt-3 block h-1.5 overflow-hidden rounded-full bg-slate-100">
                <span
                  className={cn('block h-full rounded-full transition-all', over ? 'bg-rose-500' : bar)}
                  style={{ width: `${Math.min(100, (spent / budget) * 100)}%` }}
                />
              </span>
              <span className={cn('mt-2 block text-xs', over ? 'font-medium text-rose-700' : 'text-slate-500')}>
                {over ? `${dollars(spent - budget)} over` : `${dollars(budget - spent)} left`} of {dollars(budget)}
              </span>
            </button>
          </li>
        )
      })}
    </ul>
  )
}
