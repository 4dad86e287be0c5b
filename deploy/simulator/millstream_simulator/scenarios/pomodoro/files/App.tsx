import { Pause, Play, RotateCcw } from 'lucide-react'
import { useCallback, useState } from 'react'
import { cn } from '@/lib/cn'
import { useStoredState } from '@/lib/useStoredState'
import { TaskList, type Task } from './components/TaskList'
import { TimerRing } from './components/TimerRing'
import { clock, modes, order, useTimer, type Mode } from './useTimer'

const sampleTasks: Task[] = [
  { id: 'a', name: 'Outline the talk for the design meetup', planned: 3, rounds: 1, done: false },
  { id: 'b', name: 'Reply to Hanna about the lease', planned: 1, rounds: 0, done: false },
  { id: 'c', name: 'Review the April budget', planned: 2, rounds: 2, done: true },
]

const looks: Record<Mode, string> = {
  focus: 'bg-[#c8412f] text-[#fff4ec]',
  short: 'bg-[#1f6f6b] text-[#eefaf6]',
  long: 'bg-[#2c4a7c] text-[#eef4ff]',
}

export default function App() {
  const [tasks, setTasks] = useStoredState<Task[]>('pomodoro-tasks', sampleTasks)
  const [rounds, setRounds] = useStoredState('pomodoro-rounds', 0)
  const [currentId, setCurrentId] = useState<string | null>('a')

  const onFinish = useCallback(
    (mode: Mode): Mode => {
      chime()
      if (mode !== 'focus') return 'focus'
      setRounds(rounds + 1)
      setTasks((now) => now.map((task) => (task.id === currentId ? { ...task, rounds: task.rounds + 1 } : task)))
      return (rounds + 1) % 4 === 0 ? 'long' : 'short'
    },
    [currentId, rounds, setRounds, setTasks],
  )
  const timer = useTimer(onFinish)

  return (
    <main className={cn('min-h-dvh content-center px-4 py-8 transition-colors duration-700 sm:py-14', looks[timer.mode])}>
      <div className="mx-auto grid max-w-5xl items-center gap-10 lg:grid-cols-2 lg:gap-16">
        <div>
          <h1 className="sr-only">Pomodoro timer, {clock(timer.left)} left</h1>
          <div role="group" aria-label="Mode" className="mx-auto flex w-fit gap-1 rounded-full bg-black/15 p-1.5 text-sm font-medium">
            {order.map((mode) => (
              <button
                key={mode}
                type="button"
                aria-pressed={timer.mode === mode}
                onClick={() => timer.choose(mode)}
                className={cn('rounded-full px-4 py-1.5', timer.mode === mode && 'bg-white text-stone-900')}
              >
                {modes[mode].name}
              </button>
            ))}
          </div>

          <div className="mt-8">
            <TimerRing mode={timer.mode} left={timer.left} />
          </div>

          <div className="mt-8 flex items-center justify-center gap-3">
            <button
              type="button"
              onClick={timer.toggle}
              className="inline-flex min-w-40 items-center justify-center gap-2 rounded-full bg-white px-8 py-4 text-lg font-semibold text-stone-900 shadow-lg shadow-black/20 transition-transform hover:scale-[1.03] active:scale-95"
            >
              {timer.running ? <Pause className="size-5" aria-hidden /> : <Play className="size-5" aria-hidden />}
              {timer.running ? 'Pause' : 'Start'}
            </button>
            <button
              type="button"
              aria-label="Reset"
              onClick={timer.reset}
              className="rounded-full bg-black/15 p-4 hover:bg-black/25"
            >
              <RotateCcw className="size-5" aria-hidden />
            </button>
          </div>

          <div className="mt-6 flex items-center justify-center gap-2 text-sm" aria-label={`${rounds} rounds finished`}>
            {[0, 1, 2, 3].map((index) => (
              <span
                key={index}
                className={cn('size-2.5 rounded-full border-2 border-current', index < rounds % 4 && 'bg-current')}
              />
            ))}
            <span className="ml-2 opacity-80">{rounds === 1 ? '1 round' : `${rounds} rounds`} finished</span>
          </div>
        </div>
        <TaskList tasks={tasks} currentId={currentId} onChoose={setCurrentId} onChange={setTasks} />
      </div>
    </main>
  )
}

/** A short chime of two notes; silent where audio is not available. */
function chime() {
  try {
    const audio = new AudioContext()
    for (const [index, pitch] of [660, 880].entries()) {
      const note = audio.createOscillator()
      const volume = audio.createGain()
      const start = audio.currentTime + index * 0.22
      note.frequency.value = pitch
      volume.gain.setValueAtTime(0.2, start)
      volume.gain.exponentialRampToValueAtTime(0.001, start + 0.6)
      note.connect(volume).connect(audio.destination)
      note.start(start)
      note.stop(start + 0.6)
    }
  } catch {
    // No sound is no reason to stop the timer.
  }
}
