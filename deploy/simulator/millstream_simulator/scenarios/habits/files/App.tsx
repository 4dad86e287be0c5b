import { format } from 'date-fns'
import { Plus } from 'lucide-react'
import { useEffect, useState, type FormEvent } from 'react'
import { useStoredState } from '@/lib/useStoredState'
import { HabitRow } from './components/HabitRow'
import { Heatmap } from './components/Heatmap'
import { ProgressRing } from './components/ProgressRing'
import { colors, dayKey, icons, sampleHabits, streakOf, toggleDay, type Habit, type Icon } from './habits'

export default function App() {
  const [habits, setHabits] = useStoredState<Habit[]>('habits', sampleHabits())
  const [name, setName] = useState('')
  const [icon, setIcon] = useState<Icon>('Plant')

  const today = dayKey(new Date())
  const doneToday = habits.filter((habit) => habit.done.includes(today)).length
  const best = Math.max(0, ...habits.map(streakOf))

  useEffect(() => {
    document.title = `${doneToday}/${habits.length} · Habits`
  }, [doneToday])

  function addHabit(event: FormEvent) {
    event.preventDefault()
    if (!name.trim()) return
    const color = colors[habits.length % colors.length]
    setHabits([...habits, { id: Date.now().toString(36), name: name.trim(), icon, color, done: [] }])
    setName('')
  }

  return (
    <main className="min-h-dvh bg-zinc-950 px-4 py-10 text-zinc-100 sm:px-8 sm:py-14">
      <div className="mx-auto max-w-3xl">
        <p className="text-sm text-zinc-400">{format(new Date(), 'EEEE, d MMMM')}</p>
        <h1 className="mt-1 text-3xl font-semibold tracking-tight sm:text-4xl">
          {doneToday === habits.length && habits.length > 0 ? 'All done. Enjoy the evening.' : 'Small steps, every day'}
        </h1>

        <section
          aria-label="Overview"
          className="mt-8 grid items-center gap-8 rounded-3xl border border-zinc-800 bg-zinc-900/50 p-6 sm:grid-cols-[auto_1fr] sm:p-8"
        >
          <div className="flex items-center gap-6 sm:flex-col sm:gap-3">
            <ProgressRing done={doneToday} total={habits.length} />
            <p className="text-sm text-zinc-400">
              Longest running streak: <strong className="font-semibold text-zinc-100">{best} days</strong>
            </p>
          </div>
          <Heatmap habits={habits} />
        </section>

        <h2 className="mt-10 text-sm font-medium text-zinc-400">Your habits</h2>
        <ul className="mt-3 space-y-3">
          {habits.map((habit) => (
            <HabitRow
              key={habit.id}
              habit={habit}
              streak={`${streakOf(habit)} days`}
              onToggle={(day) => setHabits(habits.map((item) => (item === habit ? toggleDay(item, day) : item)))}
              onRemove={() => setHabits(habits.filter((item) => item !== habit))}
            />
          ))}
        </ul>

        <form
          onSubmit={addHabit}
          className="mt-3 flex gap-2 rounded-2xl border border-dashed border-zinc-700 p-3 focus-within:border-emerald-500"
        >
          <select
            aria-label="Symbol of the new habit"
            value={icon}
            onChange={(event) => setIcon(event.target.value as Icon)}
            className="rounded-xl bg-zinc-800 px-3 text-sm"
          >
            {Object.keys(icons).map((symbol) => (
              <option key={symbol}>{symbol}</option>
            ))}
          </select>
          <input
            value={name}
            onChange={(event) => setName(event.target.value)}
            placeholder="A new habit, such as “Ten minutes of piano”"
            aria-label="Name of the new habit"
            className="min-w-0 flex-1 bg-transparent px-2 outline-none placeholder:text-zinc-500"
          />
          <button
            type="submit"
            className="inline-flex items-center gap-1.5 rounded-xl bg-emerald-400 px-4 py-2.5 font-medium text-zinc-950 hover:bg-emerald-300"
          >
            <Plus className="size-4" aria-hidden /> Add
          </button>
        </form>
      </div>
    </main>
  )
}
