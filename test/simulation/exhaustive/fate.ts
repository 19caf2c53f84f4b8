import type { PlatformFates } from '../world/platform.ts'
import type { Passage, Process, Trouble } from '../world/process.ts'

/** One port call of a life: the `nth` call of `point` in the `delivery`th delivery of `step`, its `call`th call in all. */
export type Point = { step: string; delivery: number; point: string; nth: number; call: number; at: number }

/** Where a life is cut: before or after the effect of one call; and how often what died is delivered again, all at once. */
export type Cut = Pick<Point, 'step' | 'delivery' | 'call'> & { when: 'before' | 'after'; again: 0 | 1 | 2 }

/** What goes wrong by the scenario itself. `nth`: how often this point was reached before, in all deliveries. */
export type Mishap = (point: string, nth: number) => Trouble | undefined

/** Whether a message never comes, by its event's id and how often that was sent by then. */
export type Loses = (event: string, n: number) => boolean

const there = 20

/**
 * Calm weather in which every call takes as long as any other, and which writes down each of them; and one cut. A process that dies takes
 * with it what it had sent in the same breath after the call at which it dies: what is not known to have happened has not.
 */
export class Fate implements PlatformFates {
  readonly trace: Point[] = []
  /** The cut was reached. */
  struck = false
  now: () => number = () => 0
  readonly #mishap: Mishap
  readonly #lost: Loses
  readonly #cut: Cut | undefined
  readonly #deliveries = new Map<string, Process[]>()
  readonly #calls = new Map<Process, Map<string, number>>()
  readonly #notes = new Map<Process, string[]>()
  readonly #reached = new Map<string, number>()

  constructor({ mishap = () => undefined, lost = () => false }: { mishap?: Mishap; lost?: Loses }, cut?: Cut) {
    this.#mishap = mishap
    this.#lost = lost
    this.#cut = cut
  }

  readonly call = (process: Process, point: string, n: number): Passage => {
    const delivery = this.#deliveryOf(process)
    const calls = this.#calls.get(process) ?? new Map<string, number>()
    this.#calls.set(process, calls)
    const nth = (calls.get(point) ?? 0) + 1
    calls.set(point, nth)
    this.trace.push({ step: process.step, delivery, point, nth, call: n, at: this.now() })
    const reached = this.#reached.get(point) ?? 0
    this.#reached.set(point, reached + 1)
    const mishap = this.#mishap(point, reached)
    this.note(process, mishap ?? '')
    return { there, back: 0, trouble: this.#dies(process.step, delivery, n) ?? mishap }
  }

  /** Something that tells one course of a delivery from another. */
  note(process: Process, what: string): void {
    if (what !== '') this.#notes.set(process, [...(this.#notes.get(process) ?? []), what])
  }

  /** How each delivery went. */
  courses(): Map<string, string> {
    const courses = [...this.#deliveries].flatMap(([step, processes]) =>
      processes.map((process, n): [string, string] => {
        const calls = [...(this.#calls.get(process) ?? [])].map(([point, times]) => `${point}×${times}`)
        return [`${step} ${n + 1}`, [step, ...calls, ...(this.#notes.get(process) ?? [])].join(' ')]
      }),
    )
    return new Map(courses)
  }

  #dies(step: string, delivery: number, n: number): Trouble | undefined {
    const cut = this.#cut
    if (cut === undefined || cut.step !== step || cut.delivery !== delivery || n < cut.call) return undefined
    this.struck = true
    return n === cut.call && cut.when === 'after' ? 'kill after' : 'kill before'
  }

  #deliveryOf(process: Process): number {
    const known = this.#deliveries.get(process.step) ?? []
    this.#deliveries.set(process.step, known)
    const at = known.indexOf(process)
    return at < 0 ? known.push(process) : at + 1
  }

  again(): number {
    return this.#cut?.again ?? 1
  }

  skew(): number {
    return 0
  }

  message(key: string): { lost: boolean; late: number; copies: readonly number[] } {
    const [event = '', n] = key.split('#')
    return { lost: this.#lost(event, Number(n)), late: 0, copies: [] }
  }

  notice(): number {
    return 0
  }

  forgets(): boolean {
    return false
  }
}
