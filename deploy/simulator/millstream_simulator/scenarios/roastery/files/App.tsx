import { ArrowDown, Plus } from 'lucide-react'
import { useState } from 'react'
import { cn } from '@/lib/cn'
import { useStoredState } from '@/lib/useStoredState'
import { Bag } from './components/Bag'
import { Basket } from './components/Basket'
import { BrewGuide } from './components/BrewGuide'
import { changed, coffees, euro, roasts, type Basket as Items, type Coffee, type Roast } from './coffees'

export default function App() {
  const [basket, setBasket] = useStoredState<Items>('roastery-basket', {})
  const [roast, setRoast] = useState<Roast | 'All'>('All')
  const change = (id: string, step: number) => setBasket((now) => changed(now, id, step))

  return (
    <div className="min-h-dvh scroll-smooth bg-[#f5ebdc] text-[#2f211a]">
      <header className="sticky top-0 z-10 bg-[#f5ebdc]/90 backdrop-blur-sm">
        <div className="mx-auto flex max-w-6xl items-center justify-between px-5 py-4">
          <p className="font-serif text-xl font-semibold">Tallow &amp; Finch</p>
          <nav className="hidden gap-8 text-sm sm:flex" aria-label="Sections">
            <a href="#coffees" className="hover:underline">Coffees</a>
            <a href="#brew" className="hover:underline">Brew guide</a>
            <a href="#visit" className="hover:underline">Visit</a>
          </nav>
          <Basket basket={basket} onChange={change} />
        </div>
      </header>

      <main>
        <section className="mx-auto grid max-w-6xl items-center gap-10 px-5 pt-10 pb-20 md:grid-cols-[1.2fr_1fr] md:pt-16">
          <div>
            <h1 className="font-serif text-5xl leading-[1.05] font-semibold tracking-tight text-balance sm:text-7xl">
              Roasted on Tuesday. On your table by Thursday.
            </h1>
            <p className="mt-6 max-w-md text-lg text-pretty text-[#5b473a]">
              We buy from eleven farms we know by name, roast in small batches and ship the same day. That is the whole trick.
            </p>
            <a
              href="#coffees"
              className="mt-8 inline-flex items-center gap-2 rounded-full bg-[#c45f33] px-6 py-3.5 font-medium text-white shadow-lg shadow-[#c45f33]/25 hover:bg-[#ad5029]"
            >
              See this week’s coffees <ArrowDown className="size-4" aria-hidden />
            </a>
          </div>
          <div className="relative mx-auto flex w-full max-w-md justify-center">
            <div className="absolute inset-x-4 top-8 bottom-0 rounded-t-full bg-[#e6cfae]" aria-hidden />
            <Bag coffee={coffees[3]} className="relative mt-16 -mr-10 w-2/5 -rotate-6" />
            <Bag coffee={coffees[0]} className="relative z-[1] w-1/2" />
            <Bag coffee={coffees[1]} className="relative mt-16 -ml-10 w-2/5 rotate-6" />
          </div>
        </section>

        <section id="coffees" className="scroll-mt-20 bg-[#faf4ea] py-16">
          <div className="mx-auto max-w-6xl px-5">
            <div className="flex flex-wrap items-end justify-between gap-4">
              <h2 className="font-serif text-4xl font-semibold">On the shelf this week</h2>
              <div role="group" aria-label="Roast" className="flex gap-1 rounded-full bg-[#2f211a]/6 p-1 text-sm">
                {(['All', ...roasts] as const).map((name) => (
                  <button
                    key={name}
                    type="button"
                    aria-pressed={roast === name}
                    onClick={() => setRoast(name)}
                    className={cn('rounded-full px-4 py-1.5', roast === name && 'bg-[#2f211a] text-[#faf4ea]')}
                  >
                    {name}
                  </button>
                ))}
              </div>
            </div>
            <ul className="mt-10 grid gap-6 sm:grid-cols-2 lg:grid-cols-3">
              {coffees
                .filter((coffee) => roast === 'All' || coffee.roast === roast)
                .map((coffee) => (
                  <Product key={coffee.id} coffee={coffee} onAdd={() => change(coffee.id, 1)} />
                ))}
            </ul>
          </div>
        </section>

        <section id="brew" className="scroll-mt-16 bg-[#2f211a] py-20 text-[#faf4ea]">
          <div className="mx-auto max-w-6xl px-5">
            <BrewGuide />
          </div>
        </section>
      </main>

      <footer id="visit" className="mx-auto grid max-w-6xl gap-8 px-5 py-16 sm:grid-cols-3">
        <p className="font-serif text-2xl font-semibold text-balance">Come by, the first cup is on the house.</p>
        <address className="text-[#5b473a] not-italic">
          Tallow &amp; Finch
          <br />
          14 Ropewalk Lane, by the old harbour
        </address>
        <p className="text-[#5b473a]">
          Tuesday to Saturday, 8 to 17
          <br />
          Cuppings every first Saturday at 11
        </p>
      </footer>
    </div>
  )
}

function Product({ coffee, onAdd }: { coffee: Coffee; onAdd: () => void }) {
  return (
    <li className="group flex flex-col rounded-3xl bg-[#f5ebdc] p-6">
      <Bag coffee={coffee} className="mx-auto w-40 transition-transform duration-300 group-hover:-translate-y-2" />
      <h3 className="mt-5 font-serif text-2xl font-semibold">{coffee.name}</h3>
      <p className="text-sm text-[#6b5648]">
        {coffee.origin} · {coffee.roast} roast
      </p>
      <p className="mt-3 text-[#5b473a]">{coffee.notes.join(', ')}</p>
      <div className="mt-auto flex items-center justify-between pt-6">
        <span className="font-serif text-xl font-semibold tabular-nums">{euro(coffee.price)}</span>
        <button
          type="button"
          onClick={onAdd}
          aria-label={`Add ${coffee.name} to the basket`}
          className="inline-flex items-center gap-1.5 rounded-full bg-[#2f211a] px-4 py-2 text-sm font-medium text-[#faf4ea] transition-transform hover:bg-[#4a352a] active:scale-95"
        >
          <Plus className="size-4" aria-hidden /> Add
        </button>
      </div>
    </li>
  )
}
