import { Droplets, Navigation, SunDim, Sunrise, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import type { City } from '../weather'

const bearings: Record<string, number> = { N: 0, NE: 45, E: 90, SE: 135, S: 180, SW: 225, W: 270, NW: 315 }

const uvName = (uv: number) => (uv < 3 ? 'low' : uv < 6 ? 'moderate' : uv < 8 ? 'high' : 'very high')

export function Details({ city }: { city: City }) {
  return (
    <div className="grid grid-cols-2 gap-4">
      <Tile icon={Navigation} name="Wind" value={`${city.wind} km/h`}>
        <span className="inline-flex items-center gap-1.5">
          <Navigation
            className="size-4 fill-current"
            style={{ rotate: `${bearings[city.windFrom] + 135}deg` }}
            aria-hidden
          />
          from {city.windFrom}
        </span>
      </Tile>
      <Tile icon={Droplets} name="Humidity" value={`${city.humidity}%`}>
        <Bar share={city.humidity / 100} />
      </Tile>
      <Tile icon={SunDim} name="UV index" value={`${city.uv}, ${uvName(city.uv)}`}>
        <Bar share={city.uv / 11} />
      </Tile>
      <Tile icon={Sunrise} name="Daylight" value={city.sunset}>
        <svg viewBox="0 0 100 34" className="w-full overflow-visible" role="img" aria-label={`Sunrise ${city.sunrise}, sunset ${city.sunset}`}>
          <path d="M5 32 Q50 -22 95 32" fill="none" stroke="currentColor" strokeOpacity="0.4" strokeWidth="2" strokeDasharray="3 3" />
          <circle r="4.5" fill="currentColor" {...sunAt(city.daylight)} />
        </svg>
      </Tile>
    </div>
  )
}

/** A point on the arc above, from sunrise (0) to sunset (1). */
function sunAt(t: number) {
  const rest = 1 - t
  return {
    cx: rest * rest * 5 + 2 * rest * t * 50 + t * t * 95,
    cy: rest * rest * 32 + 2 * rest * t * -22 + t * t * 32,
  }
}

function Bar({ share }: { share: number }) {
  return (
    <span className="block h-1.5 overflow-hidden rounded-full bg-black/20" aria-hidden>
      <span className="block h-full rounded-full bg-white" style={{ width: `${Math.min(1, share) * 100}%` }} />
    </span>
  )
}

type TileProps = { icon: LucideIcon; name: string; value: string; children: ReactNode }

function Tile({ icon: Icon, name, value, children }: TileProps) {
  return (
    <section className="flex min-h-32 flex-col rounded-3xl bg-slate-900/20 p-4 ring-1 ring-white/20 backdrop-blur-xl sm:p-5">
      <h3 className="flex items-center gap-2 text-sm text-white/85">
        <Icon className="size-4" aria-hidden /> {name}
      </h3>
      <p className="mt-1 text-xl font-semibold">{value}</p>
      <div className="mt-auto pt-3 text-sm text-white/85">{children}</div>
    </section>
  )
}
