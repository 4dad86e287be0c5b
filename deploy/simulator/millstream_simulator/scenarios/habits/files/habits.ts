import { eachDayOfInterval, format, subDays } from 'date-fns'
import { Bike, BookOpen, Brush, CookingPot, Droplets, Footprints, Languages, Moon, Music, Sprout } from 'lucide-react'

export const colors = ['emerald', 'sky', 'violet', 'amber', 'rose'] as const
export type Color = (typeof colors)[number]

export const icons = {
  Plant: Sprout,
  Run: Footprints,
  Book: BookOpen,
  Talk: Languages,
  Cook: CookingPot,
  Sleep: Moon,
  Water: Droplets,
  Music,
  Bike,
  Art: Brush,
}
export type Icon = keyof typeof icons

export type Habit = { id: string; name: string; icon: Icon; color: Color; done: string[] }

/** A day as text, such as 2026-04-18; sorts and compares as it is. */
export const dayKey = (day: Date) => format(day, 'yyyy-MM-dd')

/** The last `count` days, the oldest first, today last. */
export function lastDays(count: number) {
  const today = new Date()
  return eachDayOfInterval({ start: subDays(today, count - 1), end: today })
}

/** Days in a row up to today; today may still be open. */
export function streakOf(habit: Habit) {
  const done = new Set(habit.done)
  let day = new Date()
  if (!done.has(dayKey(day))) day = subDays(day, 1)
  let streak = 0
  for (; done.has(dayKey(day)); day = subDays(day, 1)) streak += 1
  return streak
}

export function toggleDay(habit: Habit, key: string): Habit {
  const done = habit.done.includes(key) ? habit.done.filter((day) => day !== key) : [...habit.done, key]
  return { ...habit, done }
}

/** A believable past: regular but not perfect, the same on every visit. */
function history(seed: number, rate: number, streak: number) {
  return lastDays(126)
    .filter((_, index, days) => {
      const ago = days.length - 1 - index
      if (ago === 0) return seed % 2 === 0
      if (ago <= streak) return true
      if (ago === streak + 1) return false
      const noise = Math.abs(Math.sin(index * 12.9898 + seed * 78.233) * 43758.5453) % 1
      return noise < rate
    })
    .map(dayKey)
}

export const sampleHabits = (): Habit[] => [
  { id: 'h1', name: 'Morning run', icon: 'Run', color: 'emerald', done: history(2, 0.6, 11) },
  { id: 'h2', name: 'Read 20 pages', icon: 'Book', color: 'sky', done: history(4, 0.75, 5) },
  { id: 'h3', name: 'Practise Spanish', icon: 'Talk', color: 'violet', done: history(5, 0.5, 23) },
  { id: 'h4', name: 'Cook at home', icon: 'Cook', color: 'amber', done: history(6, 0.55, 2) },
  { id: 'h5', name: 'In bed by eleven', icon: 'Sleep', color: 'rose', done: history(7, 0.35, 3) },
]
