import { RotateCw } from 'lucide-react'
import { type Card } from '../cards'

type Props = { card: Card; turned: boolean; onTurn: () => void }

export function Flashcard({ card, turned, onTurn }: Props) {
  return (
    <button
      type="button"
      onClick={onTurn}
      className="grid min-h-56 w-full place-items-center rounded-3xl bg-white p-8 text-center shadow-lg ring-1 ring-indigo-100 transition hover:-translate-y-0.5"
    >
      <span className="text-2xl font-medium text-balance text-slate-900">{turned ? card.answer : card.question}</span>
      <span className="flex items-center gap-2 text-sm text-slate-500">
        <RotateCw className="size-4" aria-hidden />
        {turned ? 'Show the question' : 'Show the answer'}
      </span>
    </button>
  )
}
