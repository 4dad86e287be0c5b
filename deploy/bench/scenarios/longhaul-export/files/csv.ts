import { type Book } from './books'

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`

/** The books as comma-separated values, one line each after a line of headings. */
export function csvOf(books: Book[]): string {
  const lines = books.map((book) => [quoted(book.title), quoted(book.author), book.pages, book.read ? 'yes' : 'no'].join(','))
  return ['Title,Author,Pages,Read', ...lines].join('\n')
}
