import { MapPin } from 'lucide-react'
import { cn } from '@/lib/cn'
import { useStoredState } from '@/lib/useStoredState'
import { Details } from './components/Details'
import { HourlyChart } from './components/HourlyChart'
import { Week } from './components/Week'
import { cities, degrees, skies, type Unit } from './weather'

const glass = 'rounded-3xl bg-slate-900/20 ring-1 ring-white/20 backdrop-blur-xl'

export default function App() {
  const [name, setName] = useStoredState('weather-city', cities[0].name)
  const [unit, setUnit] = useStoredState<Unit>('weather-unit', 'C')

  const city = cities.find((item) => item.name === name) ?? cities[0]
  const { icon: Icon, name: sky, look } = skies[city.sky]

  return (
    <main className={cn('min-h-dvh bg-linear-to-br px-4 py-6 text-white sm:px-8 sm:py-10', look)}>
      <div className="mx-auto max-w-6xl">
        <nav className="flex flex-wrap items-center justify-between gap-4" aria-label="Cities">
          <ul className="flex gap-2 overflow-x-auto p-1">
            {cities.map((item) => {
              const CityIcon = skies[item.sky].icon
              return (
                <li key={item.name}>
                  <button
                    type="button"
                    aria-pressed={item === city}
                    onClick={() => setName(item.name)}
                    className={cn(
                      'flex items-center gap-2 rounded-full px-4 py-2 text-sm font-medium whitespace-nowrap hover:bg-white/15',
                      item === city && 'bg-white text-slate-900 hover:bg-white',
                    )}
                  >
                    <CityIcon className="size-4" aria-hidden />
                    {item.name}
                    <span className="tabular-nums opacity-75">{degrees(item.now, unit)}°</span>
                  </button>
                </li>
              )
            })}
          </ul>
          <div role="group" aria-label="Unit" className="flex rounded-full bg-black/20 p-1 text-sm font-medium">
            {(['C', 'F'] as const).map((value) => (
              <button
                key={value}
                type="button"
                aria-pressed={unit === value}
                aria-label={value === 'C' ? 'Celsius' : 'Fahrenheit'}
                onClick={() => setUnit(value)}
                className={cn('rounded-full px-3.5 py-1', unit === value && 'bg-white text-slate-900')}
              >
                °{value}
              </button>
            ))}
          </div>
        </nav>

        <div className="mt-10 grid gap-5 lg:grid-cols-[1.35fr_1fr]">
          <section aria-label="Now" className="flex flex-col justify-between gap-8 p-1">
            <div>
              <p className="flex items-center gap-2">
                <MapPin className="size-4" aria-hidden />
                {city.name}, {city.country} · {city.time}
              </p>
              <div className="mt-4 flex items-center gap-6">
                <p className="text-8xl font-light tracking-tighter tabular-nums sm:text-9xl">
                  {degrees(city.now, unit)}°
                </p>
                <Icon className="size-20 drop-shadow-lg sm:size-24" strokeWidth={1.25} aria-hidden />
              </div>
              <h1 className="mt-4 text-2xl font-semibold">{sky}</h1>
              <p className="mt-1 max-w-md text-lg text-white/90">{city.summary}</p>
              <p className="mt-2 text-white/80">Feels like {degrees(city.feels, unit)}°</p>
            </div>
            <div className={cn(glass, 'p-4 sm:p-5')}>
              <h2 className="text-sm text-white/85">Next 24 hours</h2>
              <HourlyChart hours={city.hours} unit={unit} />
            </div>
          </section>

          <div className="space-y-4">
            <section className={cn(glass, 'px-5 pt-5 pb-2')}>
              <h2 className="text-sm text-white/85">This week</h2>
              <Week days={city.days} unit={unit} />
            </section>
            <Details city={city} />
          </div>
        </div>
      </div>
    </main>
  )
}
