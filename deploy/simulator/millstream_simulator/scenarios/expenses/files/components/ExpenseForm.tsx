import { format } from 'date-fns'
import { Plus } from 'lucide-react'
import { useState, type FormEvent } from 'react'
import { categories, type CategoryId, type Expense } from '../expenses'

type Props = { onAdd: (expense: Omit<Expense, 'id'>) => void }

const field = 'w-full min-w-0 rounded-xl border border-slate-200 bg-slate-50 px-3 py-2.5 text-sm text-slate-900 focus:bg-white'

export default function ExpenseForm({ onAdd }: Props) {
  const [amount, setAmount] = useState('')
  const [note, setNote] = useState('')
  const [category, setCategory] = useState<CategoryId>('groceries')
  const [date, setDate] = useState(() => format(new Date(), 'yyyy-MM-dd'))

  function submit(event: FormEvent) {
    event.preventDefault()
    onAdd({ amount, note: note.trim(), category, date })
    setAmount('')
    setNote('')
  }

  return (
    <form onSubmit={submit} className="rounded-3xl bg-white p-6 shadow-sm ring-1 ring-blue-950/5 lg:sticky lg:top-6">
      <h2 className="text-lg font-semibold">Add an expense</h2>
      <div className="mt-4 grid grid-cols-2 gap-3 text-sm font-medium text-slate-600">
        <label className="col-span-2 grid min-w-0 gap-1.5">
          What was it?
          <input required value={note} onChange={(event) => setNote(event.target.value)} placeholder="Coffee beans" className={field} />
        </label>
        <label className="grid min-w-0 gap-1.5">
          Amount in $
          <input
            required
            type="number"
            inputMode="decimal"
            min="0.01"
            step="0.01"
            value={amount}
            onChange={(event) => setAmount(event.target.value)}
            placeholder="12.50"
            className={field}
          />
        </label>
        <label className="grid min-w-0 gap-1.5">
          Date
          <input required type="date" value={date} onChange={(event) => setDate(event.target.value)} className={field} />
        </label>
        <label className="col-span-2 grid min-w-0 gap-1.5">
          Category
          <select value={category} onChange={(event) => setCategory(event.target.value as CategoryId)} className={field}>
            {categories.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
      <button
        type="submit"
        className="mt-5 flex w-full items-center justify-center gap-2 rounded-xl bg-amber-300 py-2.5 font-semibold text-blue-950 transition hover:bg-amber-400"
      >
        <Plus className="size-4" aria-hidden /> Add expense
      </button>
    </form>
  )
}
