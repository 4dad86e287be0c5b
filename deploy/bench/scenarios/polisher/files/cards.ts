export type Card = { id: string; question: string; answer: string; box: number }

export const BOXES = 3

export const sampleCards: Card[] = [
  { id: 'c1', question: 'What is the capital of Iceland?', answer: 'Reykjavík', box: 1 },
  { id: 'c2', question: 'Which planet has the shortest day?', answer: 'Jupiter, with just under ten hours', box: 1 },
  { id: 'c3', question: 'Who wrote “The Left Hand of Darkness”?', answer: 'Ursula K. Le Guin', box: 2 },
  { id: 'c4', question: 'What does HTTP 418 say?', answer: 'I’m a teapot', box: 1 },
]

/** The card that is due: from the lowest box, the one that waited longest. */
export function dueCard(cards: Card[]): Card | undefined {
  return cards.reduce<Card | undefined>((due, card) => (!due || card.box < due.box ? card : due), undefined)
}

/** The cards after an answer: a known card moves up, any other goes back to the first box. */
export function answered(cards: Card[], id: string, known: boolean): Card[] {
  const card = cards.find((each) => each.id === id)
  if (!card) return cards
  const box = known ? Math.min(card.box + 1, BOXES) : 1
  return [...cards.filter((each) => each.id !== id), { ...card, box }]
}
