import { type FormEvent } from 'react'
import { Plus } from 'lucide-react'
import { type Book } from '../books'

export function AddBook({ onAdd }: { onAdd: (book: Book) => void }) {
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = event.currentTarget
    const data = new FormData(form)
    const title = String(data.get('title')).trim()
    if (!title) return
    const author = String(data.get('author')).trim() || 'Unknown'
    onAdd({ id: crypto.randomUUID(), title, author, pages: Number(data.get('pages')) || 0, read: false })
    form.reset()
  }

  return (
    <form onSubmit={submit} className="flex flex-wrap gap-2 rounded-2xl bg-white p-4 ring-1 ring-amber-100">
      <input name="title" placeholder="Title" aria-label="Title" className="min-w-40 flex-1 rounded-xl border border-slate-300 px-3 py-2" />
      <input name="author" placeholder="Author" aria-label="Author" className="min-w-40 flex-1 rounded-xl border border-slate-300 px-3 py-2" />
      <input name="pages" type="number" min="1" placeholder="Pages" aria-label="Pages" className="w-24 rounded-xl border border-slate-300 px-3 py-2" />
      <button type="submit" className="flex items-center gap-2 rounded-xl bg-amber-700 px-4 py-2 font-medium text-white hover:bg-amber-800">
        <Plus className="size-4" aria-hidden />
        Add
      </button>
    </form>
  )
}
