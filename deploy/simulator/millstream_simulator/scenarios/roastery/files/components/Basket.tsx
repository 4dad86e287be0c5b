import { Minus, Plus, ShoppingBag, X } from 'lucide-react'
import { useRef, type ReactNode } from 'react'
import { coffees, countOf, euro, FREE_SHIPPING, totalOf, type Basket as Items } from '../coffees'
import { Bag } from './Bag'

type Props = { basket: Items; onChange: (id: string, step: number) => void }

/** The button in the header and the drawer it opens. */
export function Basket({ basket, onChange }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const chosen = coffees.filter((coffee) => basket[coffee.id])
  const total = totalOf(basket)
  const missing = FREE_SHIPPING - total

  return (
    <>
      <button
        type="button"
        onClick={() => dialog.current?.showModal()}
        className="inline-flex items-center gap-2 rounded-full bg-[#2f211a] px-4 py-2.5 text-sm font-medium text-[#faf4ea] hover:bg-[#4a352a]"
      >
        <ShoppingBag className="size-4" aria-hidden /> Basket
        <span className="grid min-w-5 place-items-center rounded-full bg-[#d9774b] px-1.5 text-xs tabular-nums">
          {countOf(basket)}
        </span>
      </button>

      <dialog
        ref={dialog}
        aria-label="Basket"
        onClick={(event) => event.target === dialog.current && dialog.current.close()}
        className="my-0 mr-0 ml-auto h-dvh max-h-none w-full max-w-md bg-[#faf4ea] text-[#2f211a] shadow-2xl backdrop:bg-[#2f211a]/50"
      >
        <div className="flex h-full flex-col p-6">
          <div className="flex items-center justify-between">
            <h2 className="font-serif text-2xl font-semibold">Your basket</h2>
            <Round label="Close the basket" onClick={() => dialog.current?.close()}>
              <X className="size-4" aria-hidden />
            </Round>
          </div>
          {chosen.length === 0 && <p className="mt-6 text-[#6b5648]">Nothing in here yet. May we suggest the Guji?</p>}
          <ul className="mt-4 flex-1 divide-y divide-[#2f211a]/10 overflow-y-auto">
            {chosen.map((coffee) => (
              <li key={coffee.id} className="flex items-center gap-4 py-4">
                <Bag coffee={coffee} className="w-14" />
                <div className="flex-1">
                  <p className="font-serif text-lg font-semibold">{coffee.name}</p>
                  <p className="text-sm text-[#6b5648]">250 g · {euro(coffee.price)}</p>
                </div>
                <Round label={`One ${coffee.name} less`} onClick={() => onChange(coffee.id, -1)}>
                  <Minus className="size-3.5" aria-hidden />
                </Round>
                <span className="w-4 text-center tabular-nums">{basket[coffee.id]}</span>
                <Round label={`One ${coffee.name} more`} onClick={() => onChange(coffee.id, 1)}>
                  <Plus className="size-3.5" aria-hidden />
                </Round>
              </li>
            ))}
          </ul>
          <p className="text-sm text-[#6b5648]" aria-live="polite">
            {missing > 0 ? `${euro(missing)} more for free shipping` : 'Shipping is on us.'}
          </p>
          <p className="mt-2 flex justify-between font-serif text-2xl font-semibold">
            Total <span className="tabular-nums">{euro(total)}</span>
          </p>
        </div>
      </dialog>
    </>
  )
}

function Round({ label, onClick, children }: { label: string; onClick: () => void; children: ReactNode }) {
  return (
    <button
      type="button"
      aria-label={label}
      onClick={onClick}
      className="grid size-8 place-items-center rounded-full border border-[#2f211a]/20 hover:bg-[#2f211a]/5"
    >
      {children}
    </button>
  )
}
