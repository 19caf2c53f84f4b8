import type { Gated, Waiting } from './gate.ts'

/** Processes that live in one world of their own, and what can be seen of that world. */
export type Race = { processes: readonly Gated[]; world: () => string }

/** How a race ended: the calls in the order in which they had their turns. */
export type Ended = { race: Race; turns: readonly string[] }

/** A call that had its turn. `issued`: the turn after which it was made, −1 where it waited from the beginning. */
type Turn = Pick<Waiting, 'name' | 'about' | 'change'> & { process: Gated; issued: number }

/** A state on the way, and what is still to be tried from there. */
type Fork = {
  waiting: ReadonlyMap<string, Waiting>
  /** To be taken from here, those that were taken included. */
  wanted: Set<string>
  taken: Set<string>
  /** What needs no turn here: whatever begins with it was seen from an earlier fork. */
  asleep: ReadonlySet<string>
}

export type Explored = {
  /** Schedules that were followed to their end. */
  followed: number
  /** Schedules that differ: in one of them two calls that concern each other have another order. */
  orders: ReadonlySet<string>
  /** Ways in which it ended, by the world and by what each process returned. */
  ends: ReadonlyMap<string, Ended>
}

/** Every schedule is followed, but for calls about these things, which nobody changes: they come at once. */
export type Whole = { but: readonly string[] }

/**
 * Every order in which the calls of some processes can happen, each call being one indivisible turn; time stands still.
 *
 * Two calls concern each other where they are about the same thing and one of them may change it. Neighbours that do not, and of which neither
 * was made because of the other, can change places: each is answered the same, and leaves the same. So schedules fall into classes, in each of
 * which all calls that concern each other have one order, and one schedule of each class stands for all of it. They are found as in *Optimal
 * dynamic partial order reduction* (Abdulla, Aronis, Jonsson, Sagonas, POPL 2014; the source sets of its first algorithm): after each run, for
 * every two calls of different processes that concern each other, one right after the other as far as others force it, the run is wanted in
 * which the second comes first; from the state before the first one, by whatever must precede. A call of one process is after everything that
 * the process had been answered when it made it. What sleeps was taken from an earlier fork, and nothing since concerns it.
 *
 * `whole` follows every schedule instead, whatever its class: the test compares the two in a small case. `enough` ends it early, asked of
 * each new end.
 */
export async function explore(begin: () => Race, whole?: Whole, enough?: (ended: Ended) => Promise<boolean>): Promise<Explored> {
  const forks: Fork[] = []
  const path: string[] = []
  const orders = new Set<string>()
  const ends = new Map<string, Ended>()
  let followed = 0
  for (;;) {
    const { race, turns, over } = await follow(begin(), path, forks, whole)
    if (!whole) for (const [at, name] of races(turns, forks)) forks[at]?.wanted.add(name)
    if (over) {
      followed++
      orders.add(orderOf(turns))
      const end = `${race.world()}\n${race.processes.map(one => one.ended).join('\n')}`
      const ended = { race, turns: turns.map(one => one.name) }
      const isNew = !ends.has(end)
      if (isNew) ends.set(end, ended)
      if (isNew && (await enough?.(ended))) return { followed, orders, ends }
    }
    for (;;) {
      const fork = forks.at(-1)
      if (fork === undefined) return { followed, orders, ends }
      path.length = forks.length - 1
      const next = [...fork.wanted].find(name => !fork.taken.has(name) && !fork.asleep.has(name))
      if (next !== undefined) {
        path.push(next)
        break
      }
      forks.pop()
    }
  }
}

/** Lets a race take this path, and goes on from there as it comes, to its end or to where everything that waits sleeps. */
async function follow(race: Race, path: string[], forks: Fork[], whole: Whole | undefined) {
  const turns: Turn[] = []
  const issued = new Map<string, number>()
  for (;;) {
    await settled()
    const waiting = new Map(race.processes.flatMap(one => one.waiting).map(one => [one.name, one]))
    for (const name of waiting.keys()) if (!issued.has(name)) issued.set(name, turns.length - 1)
    if (waiting.size === 0) return { race, turns, over: true }
    const at = turns.length
    const fork = forks[at] ?? opened(forks[at - 1], path[at - 1], waiting, whole)
    forks[at] = fork
    const name = path[at] ?? [...(whole ? fork.wanted : waiting.keys())].find(name => !fork.asleep.has(name))
    if (name === undefined) return { race, turns, over: false }
    const one = waiting.get(name)
    if (one === undefined) throw new Error(`the same turns lead to other calls: nobody waits to ${name}`)
    path[at] = name
    fork.wanted.add(name)
    fork.taken.add(name)
    turns.push({ ...one, issued: issued.get(name) ?? -1 })
    one.go()
  }
}

function opened(
  before: Fork | undefined,
  chosen: string | undefined,
  waiting: ReadonlyMap<string, Waiting>,
  whole: Whole | undefined,
): Fork {
  const one = before?.waiting.get(chosen ?? '')
  const slept = before && one && !whole ? [...before.asleep, ...before.taken].filter(name => name !== chosen) : []
  const asleep = slept.filter(name => {
    const other = before?.waiting.get(name)
    return one !== undefined && other !== undefined && !concern(one, other)
  })
  return { waiting, wanted: new Set(whole ? permuted(waiting, whole) : []), taken: new Set(), asleep: new Set(asleep) }
}

function permuted(waiting: ReadonlyMap<string, Waiting>, { but }: Whole): string[] {
  const atOnce = [...waiting.values()].find(one => but.includes(one.about))
  return atOnce ? [atOnce.name] : [...waiting.keys()]
}

type About = Pick<Turn, 'about' | 'change'>
const concern = (one: About, other: About): boolean => one.about === other.about && (one.change || other.change)

/** For each turn those before it that it must come after. */
function before(turns: readonly Turn[]): ReadonlySet<number>[] {
  const all: Set<number>[] = []
  for (const [at, one] of turns.entries()) {
    const mine = new Set<number>()
    for (let i = at - 1; i >= 0; i--) {
      const other = turns[i]
      if (other === undefined || mine.has(i)) continue
      const must = other.process === one.process ? i <= one.issued || concern(one, other) : concern(one, other)
      if (must) for (const earlier of [i, ...(all[i] ?? [])]) mine.add(earlier)
    }
    all.push(mine)
  }
  return all
}

/** Forks at which another call is wanted first, because two that concern each other could have come the other way round. */
function races(turns: readonly Turn[], forks: readonly Fork[]): [number, string][] {
  const after = before(turns)
  const wanted: [number, string][] = []
  for (const [j, late] of turns.entries()) {
    for (let i = 0; i < j; i++) {
      const early = turns[i]
      if (early === undefined || early.process === late.process || !concern(early, late)) continue
      const between = turns.some((_, k) => k > i && k < j && after[k]?.has(i) && after[j]?.has(k))
      if (between) continue
      const rest = turns.flatMap((_, k) => (k > i && k < j && !after[k]?.has(i) ? [k] : [])).concat(j)
      const firsts = rest.filter(k => !rest.some(other => other < k && after[k]?.has(other)))
      const known = forks[i]?.wanted
      if (firsts.some(k => known?.has(turns[k]?.name ?? ''))) continue
      const first = turns[firsts[0] ?? j]
      if (first) wanted.push([i, first.name])
      if (first) known?.add(first.name)
    }
  }
  return wanted
}

/** The class of a schedule: of all calls that concern each other, which came first. */
function orderOf(turns: readonly Turn[]): string {
  const pairs = turns.flatMap((late, j) =>
    turns.slice(0, j).flatMap(early => (early.process !== late.process && concern(early, late) ? [`${early.name} < ${late.name}`] : [])),
  )
  return pairs.sort().join('\n')
}

/** All code that a call has woken has run: Node runs ticks only once no microtask is left. */
const settled = (): Promise<void> => new Promise(resolve => queueMicrotask(() => process.nextTick(resolve)))
