import { UserPlus } from 'lucide-react'
import { useStoredState } from '@/lib/useStoredState'
import { money, partOf, sampleBill, totalOf, type Person } from './bill'
import { PersonRow } from './components/PersonRow'

const tips = [0, 5, 10, 12, 15, 20]

export default function App() {
  const [bill, setBill] = useStoredState('bill', sampleBill)
  const setPeople = (people: Person[]) => setBill({ ...bill, people })

  function change(changed: Person) {
    setPeople(bill.people.map((person) => (person.id === changed.id ? changed : person)))
  }

  return (
    <main className="min-h-dvh bg-emerald-50 px-4 py-10 text-slate-700">
      <div className="mx-auto max-w-xl">
        <h1 className="text-3xl font-semibold tracking-tight text-slate-900">Split the bill</h1>
        <section className="mt-6 grid gap-4 rounded-3xl bg-white p-5 shadow-sm ring-1 ring-slate-200">
          <label className="grid gap-1 text-sm font-medium">
            Amount
            <input
              type="number"
              min="0"
              step="0.1"
              value={bill.amount}
              onChange={(event) => setBill({ ...bill, amount: Number(event.target.value) })}
              className="rounded-xl border border-slate-300 px-3 py-2 text-xl tabular-nums"
            />
          </label>
          <div className="flex flex-wrap gap-2" role="group" aria-label="Tip">
            {tips.map((tip) => (
              <button
                key={tip}
                type="button"
                aria-pressed={tip === bill.tip}
                onClick={() => setBill({ ...bill, tip })}
                className="rounded-full border border-slate-300 px-4 py-1.5 aria-pressed:border-emerald-600 aria-pressed:bg-emerald-600 aria-pressed:text-white"
              >
                {tip} %
              </button>
            ))}
          </div>
          <p className="text-lg">
            Together <strong className="tabular-nums text-slate-900">{money(totalOf(bill))}</strong>
          </p>
        </section>
        <ul className="mt-6 grid gap-3">
          {bill.people.map((person) => (
            <PersonRow
              key={person.id}
              person={person}
              part={partOf(bill, person)}
              onChange={change}
              onRemove={() => setPeople(bill.people.filter((each) => each.id !== person.id))}
            />
          ))}
        </ul>
        {bill.people.length === 0 && <p className="mt-6 text-center">Nobody is at the table yet.</p>}
        <button
          type="button"
          onClick={() => setPeople([...bill.people, { id: crypto.randomUUID(), name: '', share: 1 }])}
          className="mt-4 inline-flex items-center gap-2 rounded-xl bg-emerald-700 px-4 py-2 font-medium text-white hover:bg-emerald-800"
        >
          <UserPlus className="size-4" aria-hidden />
          Add a person
        </button>
      </div>
    </main>
  )
}
