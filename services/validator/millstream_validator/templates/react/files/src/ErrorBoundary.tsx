import { RotateCcw, TriangleAlert } from 'lucide-react'
import { Component, type ReactNode } from 'react'

type Props = { children: ReactNode }
type State = { error: Error | null }

/** Shows what went wrong instead of a blank page. */
export class ErrorBoundary extends Component<Props, State> {
  state: State = { error: null }

  static getDerivedStateFromError(thrown: unknown): State {
    return { error: thrown instanceof Error ? thrown : new Error(String(thrown)) }
  }

  render() {
    const { error } = this.state
    if (!error) return this.props.children
    return (
      <main className="grid min-h-dvh place-items-center bg-slate-50 p-6 text-slate-900">
        <div role="alert" className="w-full max-w-lg rounded-2xl bg-white p-8 shadow-lg ring-1 ring-slate-200">
          <TriangleAlert className="size-8 text-amber-500" aria-hidden />
          <h1 className="mt-4 text-xl font-semibold">This page ran into a problem</h1>
          <p className="mt-2 text-slate-600">Something threw an error while the page was being drawn:</p>
          <pre className="mt-4 max-h-64 overflow-auto rounded-lg bg-slate-100 p-4 text-sm whitespace-pre-wrap text-rose-700">
            {error.name}: {error.message}
          </pre>
          <button
            type="button"
            onClick={() => window.location.reload()}
            className="mt-6 inline-flex items-center gap-2 rounded-lg bg-slate-900 px-4 py-2 text-sm font-medium text-white hover:bg-slate-700"
          >
            <RotateCcw className="size-4" aria-hidden /> Reload
          </button>
        </div>
      </main>
    )
  }
}
