import { useSortable } from '@dnd-kit/sortable'
import { CSS } from '@dnd-kit/utilities'
import { CalendarDays, ChevronLeft, ChevronRight, GripVertical, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { cn } from '@/lib/cn'
import { arrows, type Label, type Task } from '../board'

const tint: Record<Label, string> = {
  Design: 'bg-fuchsia-100 text-fuchsia-800',
  Frontend: 'bg-sky-100 text-sky-800',
  Backend: 'bg-emerald-100 text-emerald-800',
  Content: 'bg-amber-100 text-amber-900',
}

const portraits = ['bg-teal-700', 'bg-orange-700', 'bg-indigo-700', 'bg-lime-700', 'bg-sky-700', 'bg-rose-700']
const portraitOf = (name: string) => portraits[name.charCodeAt(0) % portraits.length]

const initials = (name: string) =>
  name
    .split(' ')
    .map((part) => part[0])
    .join('')

type FaceProps = { task: Task; lifted?: boolean; grip?: ReactNode; actions?: ReactNode }

/** What a card looks like; also shown under the pointer while dragging. */
export function TaskFace({ task, lifted, grip, actions }: FaceProps) {
  return (
    <div
      className={cn(
        'group rounded-xl border border-stone-200 bg-white p-3.5 shadow-xs transition-shadow hover:shadow-md',
        lifted && 'rotate-2 cursor-grabbing shadow-xl',
      )}
    >
      <div className="flex items-center gap-2">
        <span className={cn('rounded-md px-2 py-0.5 text-xs font-medium', tint[task.label])}>{task.label}</span>
        <span className="ml-auto flex items-center text-stone-400">{actions}</span>
        {grip ?? <GripVertical className="size-4 text-stone-400" aria-hidden />}
      </div>
      <p className="mt-2.5 text-[0.9375rem] leading-snug font-medium text-pretty text-stone-800">{task.title}</p>
      <div className="mt-3 flex items-center justify-between text-xs text-stone-500">
        <span className="inline-flex items-center gap-1.5">
          <CalendarDays className="size-3.5" aria-hidden /> {task.due}
        </span>
        <span
          title={task.owner}
          className={cn(
            'grid size-6 place-items-center rounded-full text-[0.625rem] font-semibold text-white',
            portraitOf(task.owner),
          )}
        >
          {initials(task.owner)}
        </span>
      </div>
    </div>
  )
}

type Props = {
  task: Task
  onNudge: (key: string) => void
  onRemove: () => void
}

export function TaskCard({ task, onNudge, onRemove }: Props) {
  const { listeners, setNodeRef, transform, transition, isDragging } = useSortable({ id: task.id })

  return (
    <li
      ref={setNodeRef}
      {...listeners}
      data-task={task.id}
      style={{ transform: CSS.Translate.toString(transform), transition }}
      className={cn('cursor-grab list-none', isDragging && 'opacity-40')}
    >
      <TaskFace
        task={task}
        grip={
          <button
            type="button"
            data-grip
            aria-label={`Move “${task.title}” with the arrow keys`}
            onKeyDown={(event) => {
              if (!arrows.includes(event.key)) return
              event.preventDefault()
              onNudge(event.key)
            }}
            className="rounded-md text-stone-400 hover:text-stone-700"
          >
            <GripVertical className="size-4" aria-hidden />
          </button>
        }
        actions={
          <span className="flex opacity-0 transition-opacity group-focus-within:opacity-100 group-hover:opacity-100 pointer-coarse:opacity-100">
            <Action label={`Move “${task.title}” left`} onClick={() => onNudge('ArrowLeft')}>
              <ChevronLeft className="size-4" aria-hidden />
            </Action>
            <Action label={`Move “${task.title}” right`} onClick={() => onNudge('ArrowRight')}>
              <ChevronRight className="size-4" aria-hidden />
            </Action>
            <Action label={`Delete “${task.title}”`} onClick={onRemove}>
              <X className="size-4" aria-hidden />
            </Action>
          </span>
        }
      />
    </li>
  )
}

function Action({ label, onClick, children }: { label: string; onClick: () => void; children: ReactNode }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      onClick={onClick}
      className="rounded-md p-0.5 hover:bg-stone-100 hover:text-stone-800"
    >
      {children}
    </button>
  )
}
