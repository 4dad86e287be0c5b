import { type FormEvent, useState } from 'react'
import { Check, Plus, X } from 'lucide-react'
import { useStoredState } from '@/lib/useStoredState'
import { answered, BOXES, dueCard, sampleCards } from './cards'
import { Flashcard } from './components/Flashcard'

const boxes = Array.from({ length: BOXES }, (_, index) => index + 1)

export default function App() {
  const [cards, setCards] = useStoredState('cards', sampleCards)
  const [turned, setTurned] = useState(false)
  const card = dueCard(cards)

  function answer(known: boolean) {
    if (card) setCards(answered(cards, card.id, known))
    setTurned(false)
  }

  function add(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = event.currentTarget
    const [question, text] = ['question', 'answer'].map((name) => String(new FormData(form).get(name)).trim())
    if (!question || !text) return
    setCards([...cards, { id: crypto.randomUUID(), question, answer: text, box: 1 }])
    form.reset()
  }

  return (
    <main className="min-h-dvh bg-indigo-50 px-4 py-10 text-slate-700">
      <div className="mx-auto max-w-lg">
        <h1 className="text-3xl font-semibold tracking-tight text-slate-900">Flashcards</h1>
        <ul className="mt-4 flex gap-3 text-sm">
          {boxes.map((box) => (
            <li key={box} className="rounded-full bg-white px-3 py-1 ring-1 ring-indigo-100">
              Box {box}: {cards.filter((each) => each.box === box).length}
            </li>
          ))}
        </ul>
        <section className="mt-6" aria-live="polite">
          {card ? (
            <Flashcard card={card} turned={turned} onTurn={() => setTurned(!turned)} />
          ) : (
            <p className="rounded-3xl bg-white p-8 text-center">There are no cards yet. Add the first one below.</p>
          )}
        </section>
        {card && turned && (
          <div className="mt-4 grid grid-cols-2 gap-3">
            <button type="button" onClick={() => answer(false)} className="flex items-center justify-center gap-2 rounded-xl bg-rose-100 py-3 font-medium text-rose-800">
              <X className="size-4" aria-hidden />
              Again
            </button>
            <button type="button" onClick={() => answer(true)} className="flex items-center justify-center gap-2 rounded-xl bg-emerald-100 py-3 font-medium text-emerald-800">
              <Check className="size-4" aria-hidden />
              Knew it
            </button>
          </div>
        )}
        <form onSubmit={add} className="mt-8 grid gap-3 rounded-3xl bg-white p-5 ring-1 ring-indigo-100">
          <input name="question" placeholder="Question" aria-label="Question" className="rounded-xl border border-slate-300 px-3 py-2" />
          <input name="answer" placeholder="Answer" aria-label="Answer" className="rounded-xl border border-slate-300 px-3 py-2" />
          <button type="submit" className="flex items-center justify-center gap-2 rounded-xl bg-indigo-600 py-2 font-medium text-white hover:bg-indigo-700">
            <Plus className="size-4" aria-hidden />
            Add a card
          </button>
        </form>
      </div>
    </main>
  )
}
