export type Person = { id: string; name: string; share: number }
export type Bill = { amount: number; tip: number; people: Person[] }

export const sampleBill: Bill = {
  amount: 86.4,
  tip: 12,
  people: [
    { id: 'p1', name: 'Ada', share: 1 },
    { id: 'p2', name: 'Grace', share: 1 },
    { id: 'p3', name: 'Linus', share: 2 },
  ],
}

/** What the table pays, tip included. */
export const totalOf = (bill: Bill) => bill.amount * (1 + bill.tip / 100)

/** What one person pays; shares are relative to each other. */
export function partOf(bill: Bill, person: Person) {
  const shares = bill.people.reduce((sum, each) => sum + each.share, 0)
  return shares === 0 ? 0 : (totalOf(bill) * person.share) / shares
}

const currency = new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' })

export const money = (amount: number) => currency.format(amount)
