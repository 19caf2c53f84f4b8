import type { Task } from '../../../local/model/rds.ts'
import type { AnyEvent } from '../../../shared/events.ts'
import type { Process } from '../world/process.ts'
import type { World } from '../world/world.ts'
import type { Note } from './oracle.ts'
import { namedBy } from './words.ts'

const isTls = (task: Readonly<Task>): boolean => [task.type, task.en, task.zh].some(name => /ssl/i.test(name))

type Named = { id: string; stays?: string }

/** Judges what becomes of Alibaba's own tasks once an update of ours is done: by the service's tasks, and by what people are told of them. */
export class LeftOverOracle {
  readonly #world: World
  readonly #note: Note
  readonly #count: (what: string) => void
  /** Renewal → the tasks that its update left, of which its people must hear. */
  readonly #untold = new Map<string, readonly string[]>()

  constructor(world: World, note: Note, count: (what: string) => void) {
    this.#world = world
    this.#note = note
    this.#count = count
  }

  updated(process: Process, renewal: string, fact: Readonly<Record<string, unknown>>): void {
    const { tasks, modifications } = this.#world.rds.inspect()
    for (const task of tasks.filter(one => one.status === 7)) {
      const ours = modifications.some(one => one.instance === task.instance && one.cause === 'update' && one.effectAt <= task.modifiedAt)
      if (!isTls(task) || !ours)
        this.#note('1 left over', `${task.instance}: task ${task.id} was cancelled, and no update of ours left it over`)
    }
    if (fact.adopted) return
    const { instance } = namedBy(renewal)
    const named = (fact.tasks ?? []) as Named[]
    for (const { stays } of named) this.#count(stays === undefined ? 'task cancelled' : 'task left over')
    this.#untold.set(
      renewal,
      named.flatMap(({ id, stays }) => (stays === undefined ? [] : [id])),
    )
    for (const task of tasks.filter(one => one.instance === instance && one.status === 3 && isTls(one))) {
      const said = named.find(one => one.id === String(task.id))
      const seen = task.createdAt < process.startedAt
      if (seen && said?.stays === undefined) this.#note('1 left over', `${instance}: task ${task.id} is left, and nothing says so`)
      if (task.allowCancel && said?.stays?.includes('cannot')) this.#note('1 left over', `${instance}: task ${task.id} could be cancelled`)
    }
  }

  /** A delivery said that the update is done, and came to its end. */
  said(renewal: string, alerts: readonly AnyEvent[]): void {
    const untold = this.#untold.get(renewal) ?? []
    const words = alerts.flatMap(one => (one.type === 'AttentionNeeded' && one.data.reason === 'VendorTaskLeft' ? [one.data.detail] : []))
    for (const id of untold)
      if (!words.some(detail => detail.includes(id))) this.#note('1 left over', `${renewal}: nobody was told of task ${id}`)
  }
}
