import { useStoredState } from '@/lib/useStoredState'
import { inOrder, sampleBooks } from './books'
import { AddBook } from './components/AddBook'
import { BookRow } from './components/BookRow'

export default function App() {
  const [books, setBooks] = useStoredState('books', sampleBooks)
  const shown = inOrder(books)

  function toggle(id: string) {
    setBooks(books.map((book) => (book.id === id ? { ...book, read: !book.read } : book)))
  }

  return (
    <main className="min-h-dvh bg-amber-50 px-4 py-10 text-slate-700">
      <div className="mx-auto grid max-w-2xl gap-6">
        <h1 className="text-3xl font-semibold tracking-tight text-slate-900">Reading list</h1>
        <AddBook onAdd={(book) => setBooks([...books, book])} />
        <ul className="grid gap-3">
          {shown.map((book) => (
            <BookRow
              key={book.id}
              book={book}
              onToggle={() => toggle(book.id)}
              onRemove={() => setBooks(books.filter((each) => each.id !== book.id))}
            />
          ))}
        </ul>
        {books.length === 0 && <p className="text-center">No books yet. Add the first one above.</p>}
      </div>
    </main>
  )
}
