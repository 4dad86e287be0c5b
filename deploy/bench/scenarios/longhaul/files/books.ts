export type Book = { id: string; title: string; author: string; pages: number; read: boolean }

export const sampleBooks: Book[] = [
  { id: 'b1', title: 'The Dispossessed', author: 'Ursula K. Le Guin', pages: 341, read: true },
  { id: 'b2', title: 'Piranesi', author: 'Susanna Clarke', pages: 272, read: false },
  { id: 'b3', title: 'The Periodic Table', author: 'Primo Levi', pages: 233, read: false },
  { id: 'b4', title: 'Invisible Cities', author: 'Italo Calvino', pages: 165, read: true },
]

/** Unread books first, then by title. */
export function inOrder(books: Book[]): Book[] {
  return [...books].sort((one, other) => Number(one.read) - Number(other.read) || one.title.localeCompare(other.title))
}
