type Props = { done: number; total: number }

const RADIUS = 52
const LENGTH = 2 * Math.PI * RADIUS

export function ProgressRing({ done, total }: Props) {
  const share = total === 0 ? 0 : done / total

  return (
    <div className="relative size-36" role="img" aria-label={`${done} of ${total} habits done today`}>
      <svg viewBox="0 0 120 120" className="size-full -rotate-90">
        <circle cx="60" cy="60" r={RADIUS} fill="none" strokeWidth="11" className="stroke-zinc-800" />
        <circle
          cx="60"
          cy="60"
          r={RADIUS}
          fill="none"
          strokeWidth="11"
          strokeLinecap="round"
          strokeDasharray={LENGTH}
          strokeDashoffset={LENGTH * (1 - share)}
          className="stroke-emerald-400 transition-all duration-500"
        />
      </svg>
      <div className="absolute inset-0 grid place-content-center text-center">
        <span className="text-3xl font-semibold tabular-nums">
          {done}
          <span className="text-zinc-500">/{total}</span>
        </span>
        <span className="text-xs text-zinc-400">today</span>
      </div>
    </div>
  )
}
