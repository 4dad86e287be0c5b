import { Sparkles } from 'lucide-react'

export default function App() {
  return (
    <main className="grid min-h-dvh place-items-center bg-linear-to-br from-brand-50 via-white to-brand-100 p-6">
      <div className="max-w-md text-center">
        <div className="mx-auto grid size-16 place-items-center rounded-2xl bg-brand-600 text-white shadow-xl shadow-brand-600/30">
          <Sparkles className="size-8" aria-hidden />
        </div>
        <h1 className="mt-8 text-4xl font-semibold tracking-tight text-balance text-slate-900">
          Your app starts here
        </h1>
        <p className="mt-4 text-lg text-pretty text-slate-600">
          The workshop is ready: React, TypeScript and Tailwind are set up. What you describe next appears on this page.
        </p>
      </div>
    </main>
  )
}
