import type { Coffee } from '../coffees'

type Props = { coffee: Pick<Coffee, 'name' | 'color' | 'origin'>; className?: string }

/** A coffee bag, drawn in the coffee's colour. */
export function Bag({ coffee, className }: Props) {
  const words = coffee.name.split(' ')

  return (
    <svg viewBox="0 0 200 270" className={className} role="img" aria-label={`A bag of ${coffee.name}`}>
      <ellipse cx="100" cy="258" rx="76" ry="8" fill="#2a1d16" opacity="0.18" />
      <path d="M36 30 h128 l10 32 v186 q0 8 -8 8 h-132 q-8 0 -8 -8 v-186 z" fill={coffee.color} />
      <path d="M36 30 h128 l10 32 h-148 z" fill="#000" opacity="0.16" />
      <path d="M26 62 h26 v194 h-18 q-8 0 -8 -8 z" fill="#fff" opacity="0.09" />
      <path d="M40 20 h120 v14 h-120 z" fill={coffee.color} />
      <path d="M40 20 h120 v14 h-120 z" fill="#000" opacity="0.28" />
      <rect x="52" y="92" width="96" height="124" rx="3" fill="#faf4ea" />
      <g fill="none" stroke={coffee.color} strokeWidth="2.5" strokeLinecap="round">
        <ellipse cx="100" cy="118" rx="10" ry="14" transform="rotate(28 100 118)" />
        <path d="M106 106 q-9 10 -3 13 q4 4 -9 12" />
      </g>
      <g fill="#2f211a" textAnchor="middle" fontFamily="Georgia, serif">
        {words.map((word, index) => (
          <text key={word} x="100" y={158 + index * 17} fontSize="16" fontWeight="700">
            {word}
          </text>
        ))}
        <text x="100" y="205" fontSize="9" letterSpacing="0.6">
          {coffee.origin.split(',')[0].toUpperCase()}
        </text>
      </g>
    </svg>
  )
}
