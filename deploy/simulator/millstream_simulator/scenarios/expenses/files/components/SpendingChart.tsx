import { Area, AreaChart, ReferenceLine, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts'
import { dollars } from '../expenses'

type Props = { days: { day: number; spent: number | null }[]; budget: number }

export default function SpendingChart({ days, budget }: Props) {
  return (
    <figure className="mt-4 text-xs" aria-label="Running total of the month against the budget">
      <ResponsiveContainer width="100%" height={190}>
        <AreaChart data={days} margin={{ top: 20, right: 4, bottom: 0, left: 4 }}>
          <defs>
            <linearGradient id="spent" x1="0" y1="0" x2="0" y2="1">
              <stop offset="0%" stopColor="#fcd34d" stopOpacity={0.5} />
              <stop offset="100%" stopColor="#fcd34d" stopOpacity={0} />
            </linearGradient>
          </defs>
          <XAxis dataKey="day" ticks={[1, 8, 15, 22, 29]} tick={{ fill: '#bfdbfe' }} axisLine={false} tickLine={false} />
          <YAxis hide domain={[0, (highest: number) => Math.max(highest, budget) * 1.08]} />
          <Tooltip
            formatter={(value) => [dollars(Number(value)), 'Spent so far']}
            labelFormatter={(day) => `Day ${day}`}
            contentStyle={{ borderRadius: 12, border: 'none', color: '#172554' }}
          />
          <ReferenceLine
            y={budget}
            stroke="#93c5fd"
            strokeDasharray="5 5"
            label={{ value: `Budget ${dollars(budget)}`, position: 'insideBottomLeft', fill: '#bfdbfe' }}
          />
          <Area dataKey="spent" stroke="#fcd34d" strokeWidth={2.5} fill="url(#spent)" isAnimationActive={false} />
        </AreaChart>
      </ResponsiveContainer>
    </figure>
  )
}
