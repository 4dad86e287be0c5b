import { Download } from 'lucide-react'
import { type Book } from '../books'
import { csvOf } from '../csv'

export function ExportButton({ books }: { books: Book[] }) {
  function download() {
    const url = URL.createObjectURL(new Blob([csvOf(books)], { type: 'text/csv' }))
    const link = document.createElement('a')
    link.href = url
    link.download = 'reading-list.csv'
    link.click()
    URL.revokeObjectURL(url)
  }

  return (
    <button
      type="button"
      disabled={books.length === 0}
      onClick={download}
      className="flex items-center justify-center gap-2 rounded-xl border border-amber-300 px-4 py-2 font-medium text-amber-900 hover:bg-amber-100 disabled:opacity-50"
    >
      <Download className="size-4" aria-hidden />
      Export as CSV
    </button>
  )
}
