export const title = '{{title}}'
export const idea = '{{prompt}}'

export type Step = { id: string; text: string; done: boolean; starred: boolean }
export type Stage = { id: string; name: string; goal: string; steps: Step[] }
export type Filter = 'All' | 'Open' | 'Starred'

export const filters: Filter[] = ['All', 'Open', 'Starred']

const steps = (stage: string, texts: string[], done = 0): Step[] =>
  texts.map((text, index) => ({ id: `${stage}-${index}`, text, done: index < done, starred: false }))

export const starter: Stage[] = [
  {
    id: 'shape',
    name: 'Shape',
    goal: 'Know what to build, and for whom',
    steps: steps('shape', ['Write the idea down in one sentence', 'Name three people who would use it', 'Decide what the first version leaves out', 'Sketch the main screen on paper'], 1),
  },
  {
    id: 'make',
    name: 'Make',
    goal: 'One thing that works from end to end',
    steps: steps('make', ['Build the main screen with sample data', 'Let people add, change and remove things', 'Keep the data between visits', 'Try it on a phone']),
  },
  {
    id: 'share',
    name: 'Share',
    goal: 'In the hands of the first people',
    steps: steps('share', ['Show it to one friend and say nothing', 'Fix the first thing they stumbled over', 'Send the link to five people']),
  },
]

export function shown(stage: Stage, filter: Filter) {
  return stage.steps
    .filter((step) => filter === 'All' || (filter === 'Open' ? !step.done : step.starred))
    .toSorted((a, b) => Number(b.starred) - Number(a.starred))
}

/** The plan with one stage's steps replaced. */
export function withSteps(stages: Stage[], id: string, change: (steps: Step[]) => Step[]) {
  return stages.map((stage) => (stage.id === id ? { ...stage, steps: change(stage.steps) } : stage))
}

export function progressOf(steps: Step[]) {
  const done = steps.filter((step) => step.done).length
  return { done, total: steps.length, share: steps.length === 0 ? 0 : done / steps.length }
}
