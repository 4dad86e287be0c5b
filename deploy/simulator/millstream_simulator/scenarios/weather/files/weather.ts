import { Cloud, CloudDrizzle, CloudRain, CloudSun, MoonStar, Snowflake, Sun, type LucideIcon } from 'lucide-react'

export type Sky = 'clear' | 'night' | 'partly' | 'cloudy' | 'drizzle' | 'rain' | 'snow'
export type Unit = 'C' | 'F'

export type Hour = { label: string; temp: number; rain: number }
export type Day = { name: string; sky: Sky; low: number; high: number; rain: number }

export type City = {
  name: string
  country: string
  time: string
  sky: Sky
  now: number
  feels: number
  summary: string
  wind: number
  windFrom: string
  humidity: number
  uv: number
  sunrise: string
  sunset: string
  /** Share of the daylight that has passed, 0 to 1. */
  daylight: number
  hours: Hour[]
  days: Day[]
}

export const skies: Record<Sky, { name: string; icon: LucideIcon; look: string }> = {
  clear: { name: 'Sunny', icon: Sun, look: 'from-sky-700 via-sky-600 to-orange-400' },
  night: { name: 'Clear night', icon: MoonStar, look: 'from-slate-950 via-indigo-950 to-violet-900' },
  partly: { name: 'Partly cloudy', icon: CloudSun, look: 'from-blue-700 via-sky-600 to-cyan-600' },
  cloudy: { name: 'Cloudy', icon: Cloud, look: 'from-slate-600 via-slate-500 to-slate-500' },
  drizzle: { name: 'Drizzle', icon: CloudDrizzle, look: 'from-slate-700 via-teal-800 to-teal-700' },
  rain: { name: 'Rain', icon: CloudRain, look: 'from-slate-800 via-slate-700 to-sky-900' },
  snow: { name: 'Snow', icon: Snowflake, look: 'from-indigo-800 via-slate-500 to-sky-600' },
}

/** Degrees Celsius in the chosen unit, with so many decimals. */
export const degrees = (celsius: number, unit: Unit, decimals = 0) =>
  Number((unit === 'C' ? celsius : celsius * 1.8 + 32).toFixed(decimals))

/** The next 24 hours as a smooth curve between the day's low and high, warmest at 15:00. */
function hoursFrom(start: number, low: number, high: number, wet: number): Hour[] {
  return Array.from({ length: 25 }, (_, index) => {
    const hour = (start + index) % 24
    const warmth = (Math.cos(((hour - 15) / 24) * 2 * Math.PI) + 1) / 2
    const shower = Math.max(0, Math.sin(index / 3.1 + wet)) * wet
    return {
      label: index === 0 ? 'Now' : `${String(hour).padStart(2, '0')}:00`,
      temp: low + (high - low) * warmth,
      rain: Math.round(shower * 100),
    }
  })
}

const names = ['Today', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const week = (...days: [Sky, number, number, number][]): Day[] =>
  days.map(([sky, low, high, rain], index) => ({ name: names[index], sky, low, high, rain }))

export const cities: City[] = [
  {
    name: 'Lisbon', country: 'Portugal', time: '14:20', sky: 'clear', now: 24, feels: 25,
    summary: 'Bright and dry, with a light sea breeze in the late afternoon.',
    wind: 14, windFrom: 'NW', humidity: 48, uv: 7, sunrise: '06:52', sunset: '20:14', daylight: 0.56,
    hours: hoursFrom(14, 15, 24, 0),
    days: week(['clear', 15, 24, 0], ['clear', 16, 26, 0], ['partly', 16, 25, 10], ['partly', 15, 22, 20], ['drizzle', 14, 19, 60], ['partly', 13, 20, 20], ['clear', 14, 23, 0]),
  },
  {
    name: 'Bergen', country: 'Norway', time: '15:20', sky: 'rain', now: 9, feels: 6,
    summary: 'Steady rain until the evening. The clouds lift a little after midnight.',
    wind: 31, windFrom: 'SW', humidity: 91, uv: 1, sunrise: '06:10', sunset: '20:52', daylight: 0.62,
    hours: hoursFrom(15, 5, 9, 0.9),
    days: week(['rain', 5, 9, 95], ['rain', 6, 10, 80], ['drizzle', 5, 11, 60], ['cloudy', 4, 11, 30], ['partly', 3, 13, 10], ['rain', 6, 10, 85], ['rain', 6, 9, 90]),
  },
  {
    name: 'Kyoto', country: 'Japan', time: '22:20', sky: 'night', now: 13, feels: 12,
    summary: 'A calm, clear night. Good weather for the cherry blossoms tomorrow.',
    wind: 6, windFrom: 'N', humidity: 62, uv: 0, sunrise: '05:28', sunset: '18:29', daylight: 1,
    hours: hoursFrom(22, 9, 20, 0.05),
    days: week(['clear', 9, 20, 0], ['clear', 10, 21, 0], ['partly', 11, 20, 10], ['drizzle', 12, 17, 55], ['cloudy', 11, 18, 25], ['clear', 9, 21, 0], ['clear', 10, 22, 0]),
  },
  {
    name: 'Montréal', country: 'Canada', time: '09:20', sky: 'snow', now: -3, feels: -9,
    summary: 'Light snow this morning, two to four centimetres. Sunshine from Wednesday.',
    wind: 22, windFrom: 'NE', humidity: 78, uv: 2, sunrise: '06:16', sunset: '19:33', daylight: 0.23,
    hours: hoursFrom(9, -7, 0, 0.6),
    days: week(['snow', -7, 0, 80], ['snow', -6, 1, 50], ['clear', -8, 2, 0], ['partly', -4, 5, 10], ['partly', -1, 8, 15], ['rain', 2, 7, 70], ['cloudy', 1, 9, 30]),
  },
  {
    name: 'Cape Town', country: 'South Africa', time: '15:20', sky: 'partly', now: 20, feels: 20,
    summary: 'Clouds roll over the mountain, the coast stays mostly sunny.',
    wind: 27, windFrom: 'SE', humidity: 57, uv: 5, sunrise: '06:48', sunset: '18:16', daylight: 0.74,
    hours: hoursFrom(15, 13, 21, 0.1),
    days: week(['partly', 13, 21, 10], ['clear', 14, 24, 0], ['clear', 15, 26, 0], ['partly', 14, 22, 15], ['rain', 12, 17, 75], ['drizzle', 11, 17, 45], ['partly', 12, 20, 10]),
  },
]
