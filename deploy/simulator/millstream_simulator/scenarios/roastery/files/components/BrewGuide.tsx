import { useState } from 'react'
import { cn } from '@/lib/cn'

const methods = [
  { name: 'Pour-over', ratio: 16, grind: 'Medium, like sea salt', time: '3:00', steps: ['Rinse the filter with hot water.', 'Bloom with twice the coffee’s weight for 40 seconds.', 'Pour the rest in two slow circles.'] },
  { name: 'French press', ratio: 15, grind: 'Coarse, like breadcrumbs', time: '4:30', steps: ['Pour all the water at once.', 'Break the crust after four minutes and skim it.', 'Press gently and serve right away.'] },
  { name: 'AeroPress', ratio: 13, grind: 'Medium-fine, like table salt', time: '1:45', steps: ['Turn it upside down and add the coffee.', 'Fill with water and stir ten times.', 'Flip after a minute and press for thirty seconds.'] },
  { name: 'Moka pot', ratio: 10, grind: 'Fine, like caster sugar', time: '5:00', steps: ['Fill the base with water off the boil.', 'Fill the basket level, without pressing.', 'Take it off the heat when it starts to hiss.'] },
]

export function BrewGuide() {
  const [method, setMethod] = useState(methods[0])
  const [cups, setCups] = useState(2)
  const water = cups * 240

  return (
    <div className="grid gap-10 lg:grid-cols-[1fr_1.2fr]">
      <div>
        <h2 className="font-serif text-4xl font-semibold text-balance">Brew it at home</h2>
        <p className="mt-3 max-w-sm text-[#e5d5c3]">
          The right ratio does more for a cup than an expensive kettle. Choose how you brew, we do the sums.
        </p>
        <div className="mt-6 flex flex-wrap gap-2" role="group" aria-label="Method">
          {methods.map((item) => (
            <button
              key={item.name}
              type="button"
              aria-pressed={item === method}
              onClick={() => setMethod(item)}
              className={cn(
                'rounded-full border border-[#faf4ea]/30 px-4 py-2 text-sm hover:border-[#faf4ea]',
                item === method && 'border-[#faf4ea] bg-[#faf4ea] font-medium text-[#2f211a]',
              )}
            >
              {item.name}
            </button>
          ))}
        </div>
        <label className="mt-8 block max-w-sm">
          <span className="flex justify-between">
            Cups <span className="tabular-nums">{cups}</span>
          </span>
          <input
            type="range"
            min={1}
            max={6}
            value={cups}
            onChange={(event) => setCups(Number(event.target.value))}
            className="mt-3 w-full accent-[#d9774b]"
          />
        </label>
      </div>
      <div className="rounded-3xl bg-[#faf4ea]/8 p-6 sm:p-8">
        <dl className="grid grid-cols-3 gap-4">
          {[
            ['Coffee', `${Math.round(water / method.ratio)} g`],
            ['Water', `${water} g`],
            ['Time', method.time],
          ].map(([term, value]) => (
            <div key={term}>
              <dt className="text-sm text-[#e5d5c3]">{term}</dt>
              <dd className="font-serif text-3xl font-semibold tabular-nums">{value}</dd>
            </div>
          ))}
        </dl>
        <p className="mt-6 border-t border-[#faf4ea]/15 pt-6 text-[#e5d5c3]">Grind: {method.grind}</p>
        <ol className="mt-4 space-y-3">
          {method.steps.map((step, index) => (
            <li key={step} className="flex gap-4">
              <span className="font-serif text-xl text-[#d9774b]">{index + 1}</span>
              {step}
            </li>
          ))}
        </ol>
      </div>
    </div>
  )
}
