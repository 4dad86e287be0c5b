import { Droplets } from 'lucide-react'
import { degrees, skies, type Day, type Unit } from '../weather'

type Props = { days: Day[]; unit: Unit }

export function Week({ days, unit }: Props) {
  const lowest = Math.min(...days.map((day) => day.low))
  const highest = Math.max(...days.map((day) => day.high))
  const at = (value: number) => ((value - lowest) / (highest - lowest)) * 100

  return (
    <ol className="divide-y divide-white/15">
      {days.map((day) => {
        const { icon: Icon, name } = skies[day.sky]
        return (
          <li key={day.name} className="grid grid-cols-[3.25rem_1.5rem_3rem_1fr] items-center gap-3 py-3">
            <span className="font-medium">{day.name}</span>
            <Icon className="size-5" role="img" aria-label={name} />
            <span className="flex items-center gap-1 text-xs text-white/80 tabular-nums">
              {day.rain > 0 && (
                <>
                  <Droplets className="size-3" aria-label="Chance of rain" /> {day.rain}%
                </>
              )}
            </span>
            <span className="flex items-center gap-3 text-sm tabular-nums">
              <span className="w-8 text-right text-white/80">{degrees(day.low, unit)}°</span>
              <span className="relative h-1.5 flex-1 rounded-full bg-black/20" aria-hidden>
                <span
                  className="absolute inset-y-0 rounded-full bg-linear-to-r from-cyan-200 to-amber-300"
                  style={{ left: `${at(day.low)}%`, right: `${100 - at(day.high)}%` }}
                />
              </span>
              <span className="w-8 font-medium">{degrees(day.high, unit)}°</span>
            </span>
          </li>
        )
      })}
    </ol>
  )
}
