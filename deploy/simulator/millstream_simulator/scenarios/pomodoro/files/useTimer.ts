import { useCallback, useEffect, useState } from 'react'

export const modes = {
  focus: { name: 'Focus', minutes: 25 },
  short: { name: 'Short break', minutes: 5 },
  long: { name: 'Long break', minutes: 15 },
} as const
export type Mode = keyof typeof modes

export const order: Mode[] = ['focus', 'short', 'long']

/** Seconds as a clock, such as 24:09. */
export function clock(seconds: number) {
  const minutes = Math.floor(seconds / 60)
  return `${String(minutes).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`
}

/** A countdown towards a fixed point in time; `onFinish` must be stable and names the mode to go on with. */
export function useTimer(onFinish: (mode: Mode) => Mode) {
  const [mode, setMode] = useState<Mode>('focus')
  const [left, setLeft] = useState(modes.focus.minutes * 60)
  const [endsAt, setEndsAt] = useState<number | null>(null)

  const choose = useCallback((next: Mode) => {
    setMode(next)
    setLeft(modes[next].minutes * 60)
    setEndsAt(null)
  }, [])

  const reset = useCallback(() => choose(mode), [choose, mode])

  const toggle = useCallback(() => {
    setEndsAt((now) => (now === null ? Date.now() + left * 1000 : null))
  }, [left])

  useEffect(() => {
    if (endsAt === null) return
    const timer = setInterval(() => {
      const seconds = Math.max(0, Math.ceil((endsAt - Date.now()) / 1000))
      setLeft(seconds)
      if (seconds > 0) return
      clearInterval(timer)
      choose(onFinish(mode))
    }, 200)
    return () => clearInterval(timer)
  }, [endsAt, mode, choose, onFinish])

  return { mode, left, running: endsAt !== null, choose, reset, toggle }
}
