import { addMonths, format, getDaysInMonth, parseISO, subMonths } from 'date-fns'
import { Bus, Clapperboard, HeartPulse, House, ShoppingBasket, UtensilsCrossed } from 'lucide-react'

export const categories = [
  { id: 'home', name: 'Home', icon: House, budget: 1350, tint: 'bg-sky-100 text-sky-800', bar: 'bg-sky-500' },
  { id: 'groceries', name: 'Groceries', icon: ShoppingBasket, budget: 320, tint: 'bg-lime-100 text-lime-800', bar: 'bg-lime-500' },
  { id: 'eating-out', name: 'Eating out', icon: UtensilsCrossed, budget: 140, tint: 'bg-orange-100 text-orange-800', bar: 'bg-orange-500' },
  { id: 'transport', name: 'Transport', icon: Bus, budget: 110, tint: 'bg-indigo-100 text-indigo-800', bar: 'bg-indigo-500' },
  { id: 'leisure', name: 'Leisure', icon: Clapperboard, budget: 90, tint: 'bg-pink-100 text-pink-800', bar: 'bg-pink-500' },
  { id: 'health', name: 'Health', icon: HeartPulse, budget: 80, tint: 'bg-teal-100 text-teal-800', bar: 'bg-teal-500' },
] as const

export type CategoryId = (typeof categories)[number]['id']

/** `date` is yyyy-MM-dd, `amount` in dollars. */
export type Expense = { id: string; date: string; note: string; category: CategoryId; amount: number }

export const totalBudget = categories.reduce((sum, category) => sum + category.budget, 0)

export const thisMonth = () => format(new Date(), 'yyyy-MM')
export const monthOf = (expense: Expense) => expense.date.slice(0, 7)
export const shiftMonth = (month: string, by: number) => format(addMonths(parseISO(month), by), 'yyyy-MM')

export const total = (expenses: Expense[]) => expenses.reduce((sum, expense) => sum + expense.amount, 0)

const whole = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD', maximumFractionDigits: 0 })
const exact = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' })

export const dollars = (amount: number) => whole.format(amount)
export const cents = (amount: number) => exact.format(amount)

/** What had been spent by the end of each day; days still to come have no value. */
export function runningTotal(expenses: Expense[], month: string) {
  const today = format(new Date(), 'yyyy-MM-dd')
  return Array.from({ length: getDaysInMonth(parseISO(month)) }, (_, index) => {
    const date = `${month}-${String(index + 1).padStart(2, '0')}`
    const spent = date > today ? null : total(expenses.filter((expense) => expense.date <= date))
    return { day: index + 1, spent }
  })
}

const habits: [day: number, note: string, category: CategoryId, amount: number][] = [
  [1, 'Rent', 'home', 1180],
  [2, 'Farmers market', 'groceries', 46.2],
  [3, 'Monthly bus pass', 'transport', 65],
  [5, 'Electricity', 'home', 74.6],
  [6, 'Ramen with Priya', 'eating-out', 31.5],
  [8, 'Weekly shop', 'groceries', 71.35],
  [9, 'Gym membership', 'health', 39],
  [11, 'Cinema tickets', 'leisure', 27],
  [13, 'Internet', 'home', 45],
  [14, 'Weekly shop', 'groceries', 68.9],
  [15, 'Brunch at Lark Cafe', 'eating-out', 42.8],
  [17, 'Ride home from the airport', 'transport', 34.1],
  [19, 'Pharmacy', 'health', 18.45],
  [20, 'Weekly shop', 'groceries', 64.25],
  [21, 'Concert at the Old Mill', 'leisure', 48],
  [22, 'Pizza night', 'eating-out', 36.4],
  [25, 'Paperbacks', 'leisure', 23.9],
  [26, 'Weekly shop', 'groceries', 73.15],
]

/** Half a year of bills and habits up to today, a little different each month. */
export function sampleExpenses(): Expense[] {
  const today = format(new Date(), 'yyyy-MM-dd')
  return [0, 1, 2, 3, 4, 5].flatMap((back) => {
    const month = format(subMonths(new Date(), back), 'yyyy-MM')
    return habits
      .map(([day, note, category, usual], index) => {
        const change = category === 'home' ? 1 : 0.85 + ((back * 7 + index * 5) % 9) / 25
        const date = `${month}-${String(day).padStart(2, '0')}`
        return { id: `${month}-${index}`, date, note, category, amount: Math.round(usual * change * 100) / 100 }
      })
      .filter((expense) => expense.date <= today)
  })
}
