export type Roast = 'Light' | 'Medium' | 'Dark'

export type Coffee = {
  id: string
  name: string
  origin: string
  roast: Roast
  notes: string[]
  /** Euro for 250 g. */
  price: number
  color: string
}

export const roasts: Roast[] = ['Light', 'Medium', 'Dark']

export const coffees: Coffee[] = [
  { id: 'guji', name: 'Guji Highland', origin: 'Ethiopia, washed', roast: 'Light', notes: ['Bergamot', 'Peach', 'Honey'], price: 14.5, color: '#d9774b' },
  { id: 'nyeri', name: 'Nyeri Hill', origin: 'Kenya, washed', roast: 'Light', notes: ['Blackcurrant', 'Lime', 'Cane sugar'], price: 16, color: '#8f3a4c' },
  { id: 'huila', name: 'Casa Huila', origin: 'Colombia, washed', roast: 'Medium', notes: ['Red apple', 'Caramel', 'Almond'], price: 13, color: '#b8892f' },
  { id: 'tarrazu', name: 'Río Claro', origin: 'Costa Rica, honey', roast: 'Medium', notes: ['Plum', 'Milk chocolate', 'Orange'], price: 14, color: '#3f6b5c' },
  { id: 'cerrado', name: 'Old Quarter', origin: 'Brazil, natural', roast: 'Dark', notes: ['Hazelnut', 'Cocoa', 'Fudge'], price: 12, color: '#4b5d7a' },
  { id: 'gayo', name: 'Night Ferry', origin: 'Sumatra, wet-hulled', roast: 'Dark', notes: ['Cedar', 'Molasses', 'Dark chocolate'], price: 12.5, color: '#3b302c' },
]

export const FREE_SHIPPING = 40

export const euro = (amount: number) => `€${amount.toFixed(2)}`

export type Basket = Record<string, number>

/** The basket with one coffee's quantity changed by `step`; a quantity of zero leaves the basket. */
export function changed(basket: Basket, id: string, step: number): Basket {
  const quantity = (basket[id] ?? 0) + step
  const { [id]: _old, ...rest } = basket
  return quantity > 0 ? { ...rest, [id]: quantity } : rest
}

export const totalOf = (basket: Basket) =>
  coffees.reduce((sum, coffee) => sum + coffee.price * (basket[coffee.id] ?? 0), 0)

export const countOf = (basket: Basket) => Object.values(basket).reduce((sum, quantity) => sum + quantity, 0)
