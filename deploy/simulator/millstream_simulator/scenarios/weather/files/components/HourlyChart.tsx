import { Area, AreaChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts'
import { degrees, type Hour, type Unit } from '../weather'

type Props = { hours: Hour[]; unit: Unit }

export function HourlyChart({ hours, unit }: Props) {
  const data = hours.map((hour) => ({ ...hour, temp: degrees(hour.temp, unit, 1) }))

  return (
    <div className="h-52 text-white">
      <ResponsiveContainer width="100%" height="100%">
        <AreaChart data={data} margin={{ top: 12, right: 20, bottom: 0, left: 20 }}>
          <defs>
            <linearGradient id="warmth" x1="0" y1="0" x2="0" y2="1">
              <stop offset="0" stopColor="white" stopOpacity={0.5} />
              <stop offset="1" stopColor="white" stopOpacity={0} />
            </linearGradient>
          </defs>
          <XAxis
            dataKey="label"
            interval={3}
            tickLine={false}
            axisLine={false}
            tickMargin={8}
            tick={{ fill: 'white', fillOpacity: 0.85, fontSize: 12 }}
          />
          <YAxis hide domain={['dataMin - 2', 'dataMax + 1']} />
          <Tooltip
            cursor={{ stroke: 'white', strokeOpacity: 0.5, strokeDasharray: '3 3' }}
            content={({ active, payload }) => {
              const hour = payload?.[0]?.payload as Hour | undefined
              if (!active || !hour) return null
              return (
                <div className="rounded-xl bg-slate-950/80 px-3 py-2 text-sm text-white shadow-lg">
                  <p className="text-white/70">{hour.label}</p>
                  <p className="font-semibold">
                    {Math.round(hour.temp)}° · {hour.rain}% rain
                  </p>
                </div>
              )
            }}
          />
          <Area type="monotone" dataKey="temp" baseValue="dataMin" stroke="white" strokeWidth={2.5} fill="url(#warmth)" isAnimationActive={false} />
        </AreaChart>
      </ResponsiveContainer>
    </div>
  )
}
