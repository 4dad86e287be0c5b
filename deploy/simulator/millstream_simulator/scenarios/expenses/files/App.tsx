import { useStoredState } from '@/lib/useStoredState'
import { format, parseISO } from 'date-fns'
import { ChevronLeft, ChevronRight, WalletMinimal } from 'lucide-react'
import { useMemo, useState } from 'react'
import CategoryList from './components/CategoryList'
import ExpenseForm from './components/ExpenseForm'
import ExpenseList from './components/ExpenseList'
import SpendingChart from './components/SpendingChart'
import { categories, dollars, monthOf, runningTotal, sampleExpenses, shiftMonth, thisMonth, total, totalBudget } from './expenses'
import type { CategoryId, Expense } from './expenses'

export default function App() {
  const [expenses, setExpenses] = useStoredState<Expense[]>('expenses', sampleExpenses())
  const [month, setMonth] = useState(thisMonth)
  const [category, setCategory] = useState<CategoryId | null>(null)

  const inMonth = useMemo(() => expenses.filter((expense) => monthOf(expense) === month), [expenses, month])
  const listed = useMemo(() => inMonth.filter((expense) => !category || expense.category === category), [inMonth])

  const spent = total(inMonth)
  const left = totalBudget - spent
  const before = total(expenses.filter((expense) => monthOf(expense) === shiftMonth(month, -1)))

  function add(expense: Omit<Expense, 'id'>) {
    setExpenses((known) => [...known, { ...expense, id: Date.now().toString(36) }])
    setMonth(expense.date.slice(0, 7))
  }

  return (
    <div className="min-h-dvh bg-linear-to-b from-blue-100 to-slate-50 to-40% text-slate-900">
      <div className="mx-auto max-w-6xl px-4 py-6 sm:px-6 sm:py-8">
        <header className="flex flex-wrap items-center gap-4">
          <span className="grid size-11 place-items-center rounded-2xl bg-blue-950 text-amber-300">
            <WalletMinimal className="size-5" aria-hidden />
          </span>
          <h1 className="text-2xl font-semibold tracking-tight text-blue-950">Pocketbook</h1>
          <nav aria-label="Month" className="ml-auto flex items-center gap-1 rounded-full bg-white p-1 shadow-sm ring-1 ring-blue-950/5">
            <button type="button" aria-label="Previous month" onClick={() => setMonth(shiftMonth(month, -1))} className="rounded-full p-2 hover:bg-blue-50">
              <ChevronLeft className="size-4" aria-hidden />
            </button>
            <span aria-live="polite" className="w-36 text-center text-sm font-medium">
              {format(parseISO(month), 'MMMM yyyy')}
            </span>
            <button
              type="button"
              aria-label="Next month"
              disabled={month >= thisMonth()}
              onClick={() => setMonth(shiftMonth(month, 1))}
              className="rounded-full p-2 hover:bg-blue-50 disabled:opacity-30"
            >
              <ChevronRight className="size-4" aria-hidden />
            </button>
          </nav>
        </header>

        <main className="mt-6 grid gap-6 lg:grid-cols-[1fr_20rem]">
          <div className="min-w-0 space-y-6">
            <section className="rounded-3xl bg-linear-to-br from-blue-950 to-blue-800 p-6 text-white shadow-xl shadow-blue-950/20">
              <div className="flex flex-wrap items-end justify-between gap-4">
                <div>
                  <h2 className="text-sm text-blue-200">Spent in {format(parseISO(month), 'MMMM')}</h2>
                  <p className="mt-1 text-5xl font-semibold tracking-tight tabular-nums">{dollars(spent)}</p>
                </div>
                <dl className="flex gap-6 text-sm">
                  <div>
                    <dt className="text-blue-200">{left < 0 ? 'Over budget' : 'Left to spend'}</dt>
                    <dd className="text-xl font-semibold text-amber-300 tabular-nums">{dollars(Math.abs(left))}</dd>
                  </div>
                  <div>
                    <dt className="text-blue-200">Month before</dt>
                    <dd className="text-xl font-semibold tabular-nums">{dollars(before)}</dd>
                  </div>
                </dl>
              </div>
              <SpendingChart days={runningTotal(inMonth, month)} budget={totalBudget} />
            </section>
            <CategoryList expenses={inMonth} chosen={category} onChoose={setCategory} />
          </div>

          <div className="lg:row-span-2">
            <ExpenseForm onAdd={add} />
          </div>

          <section className="min-w-0 rounded-3xl bg-white p-6 shadow-sm ring-1 ring-blue-950/5">
            <div className="flex items-baseline justify-between gap-4">
              <h2 className="text-lg font-semibold">{categories.find(({ id }) => id === category)?.name ?? 'All expenses'}</h2>
              {category && (
                <button type="button" onClick={() => setCategory(null)} className="text-sm font-medium text-blue-700 hover:underline">
                  Show all
                </button>
              )}
            </div>
            <div className="mt-2">
              <ExpenseList expenses={listed} onRemove={(id) => setExpenses((known) => known.filter((expense) => expense.id !== id))} />
            </div>
          </section>
        </main>
      </div>
    </div>
  )
}
