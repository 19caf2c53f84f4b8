import { Process } from '../world/process.ts'
import { changes } from './cuts.ts'

/** A call that waits for its turn. */
export type Waiting = {
  process: Gated
  /** `1 journal.read renewals/… 2`: which process calls what with what, for the how manieth time. */
  name: string
  /** It may change what it is about. */
  change: boolean
  /** What it looks at or changes. Calls about different things can be made in either order. */
  about: string
  /** Lets it happen, and answers. */
  go: () => void
}

/** A process each of whose calls waits until somebody says that it is its turn. */
export class Gated extends Process {
  readonly waiting: Waiting[] = []
  readonly #made = new Map<string, number>()
  #given = ''
  ended: string | undefined

  /** What the port that calls next was called with. */
  given(method: string, given: readonly unknown[]): void {
    this.#given = method.startsWith('journal.') ? given.filter(one => typeof one === 'string').join(' ') : ''
  }

  override call<T>(point: string, effect: () => T): Promise<T> {
    const given = this.#given
    this.#given = ''
    const what = `${point} ${given}`.trim()
    const nth = (this.#made.get(what) ?? 0) + 1
    this.#made.set(what, nth)
    this.calls++
    return new Promise<T>((resolve, reject) => {
      const go = () => {
        this.waiting.splice(this.waiting.indexOf(one), 1)
        // Time stands still while it waits.
        this.sentAt = this.startedAt
        try {
          resolve(effect())
        } catch (error) {
          reject(error)
        }
      }
      const one: Waiting = { process: this, name: `${this.key} ${what} ${nth}`, change: changes(point), about: aboutOf(point, given), go }
      this.waiting.push(one)
    })
  }
}

/** Everything that belongs to the service is one thing; a log is one, and so is a hint; what is only ever added to, like a queue, is never looked at here. */
function aboutOf(point: string, given: string): string {
  if (/^(Describe|List|Get|Modify|Cancel)/.test(point) || point === 'probes.shake') return 'the service'
  if (point.startsWith('journal.')) return given
  return point.split('.')[0] ?? point
}
