import { clock, modes, type Mode } from '../useTimer'

type Props = { mode: Mode; left: number }

const RADIUS = 140
const LENGTH = 2 * Math.PI * RADIUS
const TICKS = 60

export function TimerRing({ mode, left }: Props) {
  const share = left / (modes[mode].minutes * 60)

  return (
    <div className="relative mx-auto aspect-square w-full max-w-88">
      <svg viewBox="0 0 320 320" className="size-full -rotate-90" aria-hidden>
        {Array.from({ length: TICKS }, (_, index) => (
          <line
            key={index}
            x1={index % 5 === 0 ? 292 : 296}
            x2="302"
            y1="160"
            y2="160"
            transform={`rotate(${(index * 360) / TICKS} 160 160)`}
            stroke="currentColor"
            strokeWidth={index % 5 === 0 ? 2.5 : 1.5}
            strokeLinecap="round"
            opacity={index / TICKS < share ? 0.75 : 0.2}
          />
        ))}
        <circle cx="160" cy="160" r={RADIUS - 22} fill="currentColor" opacity="0.07" />
        <circle
          cx="160"
          cy="160"
          r={RADIUS - 22}
          fill="none"
          stroke="currentColor"
          strokeWidth="9"
          strokeLinecap="round"
          pathLength={LENGTH}
          strokeDasharray={LENGTH}
          strokeDashoffset={LENGTH * (1 - share)}
          className="transition-[stroke-dashoffset] duration-300 ease-linear"
        />
      </svg>
      <div className="absolute inset-0 grid place-content-center text-center">
        <p role="timer" className="text-6xl font-semibold tracking-tight tabular-nums sm:text-7xl">
          {clock(left)}
        </p>
        <p className="mt-1 text-sm font-medium opacity-80">{modes[mode].name}</p>
      </div>
    </div>
  )
}
