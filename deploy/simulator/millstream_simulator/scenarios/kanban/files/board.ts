import { arrayMove } from '@dnd-kit/sortable'

export const labels = ['Design', 'Frontend', 'Backend', 'Content'] as const
export type Label = (typeof labels)[number]

export type Task = { id: string; title: string; label: Label; owner: string; due: string }

export const columns = [
  { id: 'backlog', name: 'Backlog', dot: 'bg-stone-400' },
  { id: 'doing', name: 'In progress', dot: 'bg-sky-500' },
  { id: 'review', name: 'Review', dot: 'bg-amber-500' },
  { id: 'done', name: 'Done', dot: 'bg-emerald-500' },
] as const
export type ColumnId = (typeof columns)[number]['id']

export type Board = Record<ColumnId, Task[]>

const task = (id: string, title: string, label: Label, owner: string, due: string): Task => ({
  id,
  title,
  label,
  owner,
  due,
})

export const starter: Board = {
  backlog: [
    task('t1', 'Write the release notes for version 4', 'Content', 'Mara Lind', 'Apr 24'),
    task('t2', 'Rate-limit the public search endpoint', 'Backend', 'Tomás Rey', 'Apr 25'),
    task('t3', 'Empty states for projects and inbox', 'Design', 'Ines Okafor', 'Apr 28'),
  ],
  doing: [
    task('t4', 'Keyboard navigation in the command menu', 'Frontend', 'Jonas Weber', 'Apr 18'),
    task('t5', 'Pricing page: annual and monthly toggle', 'Frontend', 'Ines Okafor', 'Apr 19'),
  ],
  review: [
    task('t6', 'New onboarding illustrations', 'Design', 'Mara Lind', 'Apr 16'),
    task('t7', 'Send receipts from our own domain', 'Backend', 'Tomás Rey', 'Apr 17'),
  ],
  done: [
    task('t8', 'Interview eight customers about exports', 'Content', 'Jonas Weber', 'Apr 9'),
    task('t9', 'Move image uploads to background jobs', 'Backend', 'Tomás Rey', 'Apr 11'),
  ],
}

/** The column an id belongs to; the id of a column is its own. */
export function columnOf(board: Board, id: string): ColumnId | undefined {
  return columns.find((column) => column.id === id || board[column.id].some((item) => item.id === id))?.id
}

/** Puts a task where another task is, or at the end of a column. */
export function placeTask(board: Board, id: string, overId: string): Board {
  const from = columnOf(board, id)
  const to = columnOf(board, overId)
  if (!from || !to || id === overId) return board
  const at = board[from].findIndex((item) => item.id === id)
  const target = board[to].findIndex((item) => item.id === overId)
  if (from === to) return target < 0 ? board : { ...board, [to]: arrayMove(board[to], at, target) }
  return {
    ...board,
    [from]: board[from].toSpliced(at, 1),
    [to]: board[to].toSpliced(target < 0 ? board[to].length : target, 0, board[from][at]),
  }
}

/** Moves a task one column to the left (-1) or right (+1). */
export function stepTask(board: Board, id: string, step: -1 | 1): Board {
  const index = columns.findIndex((column) => column.id === columnOf(board, id))
  const next = columns[index + step]
  return next ? placeTask(board, id, next.id) : board
}

export const arrows = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown']

/** Moves a task by an arrow key: sideways to the next column, up and down inside its own. */
export function nudgeTask(board: Board, id: string, key: string): Board {
  if (key === 'ArrowLeft') return stepTask(board, id, -1)
  if (key === 'ArrowRight') return stepTask(board, id, 1)
  const tasks = board[columnOf(board, id) ?? 'backlog']
  const at = tasks.findIndex((item) => item.id === id)
  const neighbour = tasks[at + (key === 'ArrowUp' ? -1 : 1)]
  return neighbour ? placeTask(board, id, neighbour.id) : board
}

/** Where a task is, in words for screen readers. */
export function placeOf(board: Board, id: string) {
  const column = columns.find((item) => item.id === columnOf(board, id))
  if (!column) return ''
  const at = board[column.id].findIndex((item) => item.id === id)
  return `${board[column.id][at].title}: ${column.name}, place ${at + 1} of ${board[column.id].length}`
}

export function removeTask(board: Board, id: string): Board {
  const from = columnOf(board, id)
  return from ? { ...board, [from]: board[from].filter((item) => item.id !== id) } : board
}
