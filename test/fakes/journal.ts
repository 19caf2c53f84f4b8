import type { Entry, Journal } from '../../shared/ports.ts'
import { Trips } from './trips.ts'

type Hint = { look: string; id: string }

export type FakeJournal = Journal &
  Pick<Trips<keyof Journal>, 'fail'> & {
    /** Log → what its entries say, in order. */
    facts(log: string): unknown[]
    /** Every log that has entries. */
    logs(): string[]
    /** Who appended what, in order, over all logs. */
    readonly appended: readonly { log: string; entry: Entry }[]
    hints(): Hint[]
    /** Puts entries into a log as another attempt's, whatever stands there. */
    seed(log: string, facts: readonly unknown[], by?: { attempt?: string; at?: string }): void
    /** Before the next append to `log` somebody else appends `fact`. */
    race(log: string, fact: unknown, by?: { attempt?: string; at?: string }): void
  }

/** The journal in memory. What goes in comes out as JSON would give it back. */
export function fakeJournal(): FakeJournal {
  const trips = new Trips<keyof Journal>()
  const logs = new Map<string, Entry[]>()
  const hints = new Map<string, Hint>()
  const appended: { log: string; entry: Entry }[] = []
  const races: { log: string; act: () => void }[] = []

  const entriesOf = (log: string): Entry[] => logs.get(log) ?? []
  const copy = <T>(value: T): T => structuredClone(value)
  const seed: FakeJournal['seed'] = (log, facts, { attempt = 'another', at = '2026-01-01T00:00:00Z' } = {}) => {
    for (const fact of facts) {
      const entries = entriesOf(log)
      logs.set(log, [...entries, { n: entries.length + 1, attempt, at, fact: asJson(fact) }])
    }
  }
  const sameInstant = (look: string) => new Date(look).toISOString()

  return {
    fail: (...of) => trips.fail(...of),
    appended,
    seed,
    race: (log, fact, by) => races.push({ log, act: () => seed(log, [fact], by) }),
    facts: log => entriesOf(log).map(entry => copy(entry.fact)),
    logs: () => [...logs.keys()].sort(),
    hints: () => [...hints.values()].sort(byLook),

    read: log => trips.run('read', () => copy(entriesOf(log))),
    newest: log => trips.run('newest', () => copy(entriesOf(log).at(-1))),
    append: (log, entry) =>
      trips.run('append', () => {
        const at = races.findIndex(one => one.log === log)
        const [race] = at < 0 ? [] : races.splice(at, 1)
        race?.act()
        const entries = entriesOf(log)
        const there = entries[entry.n - 1]
        const made: Entry = { ...entry, fact: asJson(entry.fact) }
        if (there !== undefined) return JSON.stringify(there) === JSON.stringify(made) ? 'appended' : 'taken'
        if (entry.n !== entries.length + 1) throw new Error(`entry ${entry.n} of ${log} would leave a gap: it has ${entries.length}`)
        logs.set(log, [...entries, made])
        appended.push({ log, entry: made })
        return 'appended'
      }),
    remind: (look, id) =>
      trips.run('remind', () => {
        hints.set(`${sameInstant(look)}~${id}`, { look: sameInstant(look), id })
      }),
    forget: (look, id) =>
      trips.run('forget', () => {
        hints.delete(`${sameInstant(look)}~${id}`)
      }),
    due: (until, most) =>
      trips.run('due', () =>
        [...hints.values()]
          .filter(hint => hint.look <= sameInstant(until))
          .sort(byLook)
          .slice(0, most)
          .map(copy),
      ),
  }
}

const byLook = (a: Hint, b: Hint): number => (`${a.look}~${a.id}` < `${b.look}~${b.id}` ? -1 : 1)
const asJson = (fact: unknown): unknown => (fact === undefined ? undefined : JSON.parse(JSON.stringify(fact)))
