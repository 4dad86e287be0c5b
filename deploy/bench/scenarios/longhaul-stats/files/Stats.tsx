import { type Book } from '../books'

export function Stats({ books }: { books: Book[] }) {
  const read = books.filter((book) => book.read)
  const figures = [
    { name: 'Books', value: books.length },
    { name: 'Read', value: read.length },
    { name: 'Pages read', value: read.reduce((sum, book) => sum + book.pages, 0) },
  ]

  return (
    <dl className="grid grid-cols-3 gap-3">
      {figures.map((figure) => (
        <div key={figure.name} className="rounded-2xl bg-white p-4 text-center ring-1 ring-amber-100">
          <dt className="text-sm text-slate-500">{figure.name}</dt>
          <dd className="text-2xl font-semibold tabular-nums text-slate-900">{figure.value}</dd>
        </div>
      ))}
    </dl>
  )
}
