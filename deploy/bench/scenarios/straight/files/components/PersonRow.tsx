import { Minus, Plus, Trash2 } from 'lucide-react'
import { money, type Person } from '../bill'

type Props = {
  person: Person
  /** What this person pays. */
  part: number
  onChange: (person: Person) => void
  onRemove: () => void
}

export function PersonRow({ person, part, onChange, onRemove }: Props) {
  const setShare = (share: number) => onChange({ ...person, share: Math.max(0, share) })

  return (
    <li className="flex items-center gap-3 rounded-2xl bg-white p-3 shadow-sm ring-1 ring-slate-200">
      <input
        aria-label="Name"
        value={person.name}
        placeholder="Name"
        onChange={(event) => onChange({ ...person, name: event.target.value })}
        className="min-w-0 flex-1 bg-transparent px-2 font-medium text-slate-900"
      />
      <div className="flex items-center gap-1" role="group" aria-label={`Shares of ${person.name}`}>
        <button type="button" aria-label="One share less" onClick={() => setShare(person.share - 1)} className="rounded-lg p-2 hover:bg-slate-100">
          <Minus className="size-4" aria-hidden />
        </button>
        <span className="w-6 text-center tabular-nums">{person.share}</span>
        <button type="button" aria-label="One share more" onClick={() => setShare(person.share + 1)} className="rounded-lg p-2 hover:bg-slate-100">
          <Plus className="size-4" aria-hidden />
        </button>
      </div>
      <output className="w-24 text-right font-semibold tabular-nums text-emerald-700">{money(part)}</output>
      <button type="button" aria-label={`Remove ${person.name}`} onClick={onRemove} className="rounded-lg p-2 text-slate-400 hover:text-rose-600">
        <Trash2 className="size-4" aria-hidden />
      </button>
    </li>
  )
}
