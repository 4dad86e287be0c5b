import { BookOpen, Check, Trash2 } from 'lucide-react'
import { type Book } from '../books'

type Props = { book: Book; onToggle: () => void; onRemove: () => void }

export function BookRow({ book, onToggle, onRemove }: Props) {
  const Icon = book.read ? Check : BookOpen

  return (
    <li className="flex items-center gap-4 rounded-2xl bg-white p-4 shadow-sm ring-1 ring-amber-100">
      <button
        type="button"
        aria-pressed={book.read}
        aria-label={`${book.title} is read`}
        onClick={onToggle}
        className="grid size-10 place-items-center rounded-xl bg-amber-100 text-amber-800 aria-pressed:bg-emerald-100 aria-pressed:text-emerald-800"
      >
        <Icon className="size-5" aria-hidden />
      </button>
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium text-slate-900">{book.title}</p>
        <p className="truncate text-sm text-slate-500">{book.author}</p>
      </div>
      <button type="button" aria-label={`Remove ${book.title}`} onClick={onRemove} className="rounded-lg p-2 text-slate-400 hover:text-rose-600">
        <Trash2 className="size-4" aria-hidden />
      </button>
    </li>
  )
}
