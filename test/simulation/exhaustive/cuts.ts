import type { Cut, Point } from './fate.ts'

/** Calls that change something outside. Every other one only looks. */
const effects: ReadonlySet<string> = new Set([
  'journal.append',
  'journal.append restarts',
  'journal.remind',
  'journal.forget',
  'queue.send',
  'queue.bury',
  'bundles.publish files',
  'bundles.publish',
  'bundles.checked',
  'bundles.writeProof',
  'chat.post',
  'ModifyDBInstanceSSL',
  'CancelActiveOperationTasks',
])

const looks =
  /^(journal\.(read|newest|due)|bundles\.(manifest|pem|proof|proofs|checked look)|source\.fetch|probes\.shake|policyFile\.read|approvals\.(mint|read)|logNames\.under|Describe\w+|List\w+|Get\w+)$/

export const changes = (point: string): boolean => effects.has(point)

/** Points of which nobody has said whether they change anything. */
export const unknownPoints = (trace: readonly Point[]): string[] =>
  trace.flatMap(({ point }) => (effects.has(point) || looks.test(point) ? [] : [point]))

/** The points of deliveries that go as none of the scenarios before has gone; `known` gets to know them. */
export function newPoints(trace: readonly Point[], courses: ReadonlyMap<string, string>, known: Set<string>): Point[] {
  const courseOf = ({ step, delivery }: Point) => courses.get(`${step} ${delivery}`) ?? ''
  const first = new Map<string, string>()
  const points = trace.filter(one => {
    const course = courseOf(one)
    const delivery = `${one.step} ${one.delivery}`
    return !known.has(course) && (first.get(course) ?? first.set(course, delivery).get(course)) === delivery
  })
  for (const one of trace) known.add(courseOf(one))
  return points
}

/** Where a process dies. */
export type Death = Pick<Cut, 'step' | 'delivery' | 'call' | 'when'>

/** Every death at these points: before the effect of each call, and after it. */
export const allDeaths = (points: readonly Point[]): Death[] =>
  points.flatMap(({ step, delivery, call }) => (['before', 'after'] as const).map(when => ({ step, delivery, call, when })))

/**
 * The deaths at these points that differ. What a process leaves behind when it dies is what its calls have changed; a call that only looks
 * leaves nothing, and what the process had in its head dies with it. So dying before or after a look, and before the next change, is dying
 * after the last change, some milliseconds later: one death stands for all of them. Of a process that changed nothing yet it is the one
 * before its first call. (crash-points.test.ts lives through all deaths of a short scenario, and finds the same lives.)
 */
export function distinctDeaths(points: readonly Point[], trace: readonly Point[]): Death[] {
  const found = new Map<string, Death>()
  for (const death of allDeaths(points)) {
    const one = standsFor(death, trace)
    found.set(JSON.stringify(one), one)
  }
  return [...found.values()]
}

export function standsFor({ step, delivery, call, when }: Death, trace: readonly Point[]): Death {
  const last = trace.findLast(
    one =>
      one.step === step &&
      one.delivery === delivery &&
      (one.call < call || (one.call === call && when === 'after')) &&
      effects.has(one.point),
  )
  return last ? { step, delivery, call: last.call, when: 'after' } : { step, delivery, call: 1, when: 'before' }
}

export const comesAgain = { 0: 'is never delivered again', 1: 'comes again', 2: 'comes twice at once' } as const

/** `update-validity 3 dies after call 14, journal.append restarts 1, and comes twice at once`. */
export function nameOf({ step, delivery, call, when, again }: Cut, trace: readonly Point[]): string {
  const at = trace.find(one => one.step === step && one.delivery === delivery && one.call === call)
  return `${step} ${delivery} dies ${when} call ${call}, ${at?.point} ${at?.nth}, and ${comesAgain[again]}`
}
