import { Search } from 'lucide-react'

type Props = { value: string; onChange: (value: string) => void }

export function SearchBox({ value, onChange }: Props) {
  return (
    <label className="flex items-center gap-3 rounded-2xl bg-white px-4 py-3 ring-1 ring-amber-100">
      <Search className="size-5 text-slate-400" aria-hidden />
      <input
        type="search"
        value={value}
        placeholder="Title or author"
        aria-label="Search the list"
        onChange={(event) => onChange(event.target.value)}
        className="min-w-0 flex-1 bg-transparent"
      />
    </label>
  )
}
