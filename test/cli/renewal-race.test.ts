import { beforeAll, describe, expect, test } from 'vitest'
import { memoryQueue } from '../../cli/memory-queue.ts'
import { drive } from '../../cli/renewal-drive.ts'
import { approveByHand, isApproved, isOver, wantedFor } from '../../cli/renewal-plan.ts'
import { type PolicyForOne, policyForOne } from '../../cli/renewal-policy.ts'
import type { RenewalPorts } from '../../cli/renewal-ports.ts'
import { proveRenewal } from '../../functions/prove-renewal.ts'
import { publishAfterUpdate } from '../../functions/publish-bundle.ts'
import { updateValidity } from '../../functions/update-validity.ts'
import { seededRandom } from '../../local/model/rds.ts'
import { trust } from '../../shared/adapters/trust.ts'
import { driveRenewal } from '../../shared/domain/drive.ts'
import { readPolicy } from '../../shared/domain/policy-text.ts'
import { Fault } from '../../shared/errors.ts'
import { event } from '../../shared/events.ts'
import { renewalLog } from '../../shared/logs.ts'
import type { Trust, UpdateReply } from '../../shared/ports.ts'
import type { FakeWorld } from '../fakes/world.ts'
import {
  approved,
  asked,
  closedOf,
  host,
  itemOf,
  leaves,
  newEnd,
  now,
  plan,
  planned,
  policyText,
  renewal,
  scene,
} from '../functions/scene.ts'

/** What a killed process throws at whatever it would have done next. */
class Killed extends Error {}

type Life = { kill: number; ops: number }

/** Racers of one virtual clock: it goes on only while all of them sleep. */
class Course {
  readonly random: () => number
  readonly world: FakeWorld
  effective = 0
  #sleepers: { at: number; wake: () => void }[] = []
  #running = 0
  #settles: number[] = []

  constructor(world: FakeWorld, seed: number) {
    this.world = world
    this.random = seededRandom(seed)
  }

  readonly sleep = (ms: number): Promise<void> =>
    new Promise(wake => {
      this.#sleepers.push({ at: this.world.clock.now().getTime() + ms, wake })
    })

  /** Lets the others have their turn, by chance. */
  async turn(): Promise<void> {
    for (let left = Math.floor(this.random() * 3); left > 0; left--) await new Promise(resolve => setImmediate(resolve))
  }

  async race(...racers: (() => Promise<void>)[]): Promise<void> {
    const faults: unknown[] = []
    for (const racer of racers) {
      this.#running++
      void racer()
        .catch(error => faults.push(error))
        .finally(() => this.#running--)
    }
    for (let idle = 0; this.#running > 0; ) {
      await new Promise(resolve => setImmediate(resolve))
      idle = this.#sleepers.length >= this.#running ? idle + 1 : 0
      if (idle > 4) this.#wakeFirst()
    }
    if (faults.length > 0) throw faults[0]
  }

  #wakeFirst() {
    const [first] = this.#sleepers.sort((a, b) => a.at - b.at)
    if (!first) return
    this.#sleepers.shift()
    if (first.at > this.world.clock.now().getTime()) this.world.clock.set(new Date(first.at).toISOString())
    this.settle()
    first.wake()
  }

  settle() {
    const due = this.#settles.filter(at => at <= this.world.clock.now().getTime())
    if (due.length === 0) return
    this.#settles = this.#settles.filter(at => !due.includes(at))
    this.world.rds.settle('rm-1', newEnd)
    this.world.probes.serve(host, renewed)
  }

  /** The ports of one process: each call may be the last thing that it does, before its effect or after it. */
  ports(attempt: string, life: Life): RenewalPorts {
    const { world } = this
    const guarded = <T extends object>(port: T): T =>
      new Proxy(port, {
        get: (target, name) => {
          const member = Reflect.get(target, name)
          if (typeof member !== 'function') return member
          return async (...args: unknown[]) => {
            await this.turn()
            this.#die(life)
            const result = await Reflect.apply(member, target, args)
            this.#die(life)
            return result
          }
        },
      })
    const rds = { ...world.rds, updateValidity: (...args: Parameters<typeof world.rds.updateValidity>) => this.#update(...args) }
    return {
      clock: world.clock,
      attempt,
      settings: world.settings,
      trust: quickTrust,
      source: world.source,
      rds: guarded(rds),
      journal: guarded(world.journal),
      bundles: guarded(world.bundles),
      probes: guarded(world.probes),
      logNames: {
        bucket: 'folder',
        versioned: async () => false,
        under: async prefix => world.journal.logs().filter(log => log.startsWith(prefix)),
      },
      queue: memoryQueue(() => world.clock.now().getTime()),
    }
  }

  #die(life: Life) {
    if (life.ops++ >= life.kill) throw new Killed('killed')
  }

  /** Of four answers one is lost, and of those every other with its effect. */
  async #update(...args: Parameters<FakeWorld['rds']['updateValidity']>): Promise<UpdateReply> {
    const lost = this.random() < 0.25
    const effect = !lost || this.random() < 0.5
    if (lost) this.world.rds.reply({ reply: 'unknown', cause: 'ETIMEDOUT' }, effect)
    if (effect) {
      this.effective++
      this.#settles.push(this.world.clock.now().getTime() + 65_000)
    }
    return this.world.rds.updateValidity(...args)
  }
}

/** The same verdicts on the same certificates: what they are worth is no part of a race, and most of what it costs. */
const quickTrust = remembering(trust)

function remembering(port: Trust): Trust {
  const known = new Map<string, unknown>()
  const keyOf = (value: unknown): string =>
    value instanceof Uint8Array
      ? Buffer.from(value.subarray(-24)).toString('hex')
      : Array.isArray(value)
        ? `[${value.map(keyOf).join()}]`
        : nameOf(value)
  const nameOf = (value: unknown): string =>
    value instanceof Date
      ? ''
      : typeof value === 'object' && value !== null && 'fingerprint' in value
        ? String(value.fingerprint)
        : String(value)
  return new Proxy(port, {
    get:
      (target, name) =>
      (...args: unknown[]) => {
        const key = `${String(name)} ${args.map(keyOf).join(' ')}`
        if (!known.has(key)) known.set(key, Reflect.apply(Reflect.get(target, name), target, args))
        return known.get(key)
      },
  })
}

let renewed: readonly Uint8Array[] = []
let policy: PolicyForOne
beforeAll(async () => {
  renewed = (await leaves()).renewed
  const world = await scene()
  const instance = await world.rds.instance('cn-hangzhou', 'rm-1')
  if (!instance) throw new Error('the scene has rm-1')
  policy = await policyForOne(world.journal, readPolicy(policyText).document, instance)
})

/** The person who types `rds-tls renew rm-1`, and types it again each time that it was killed. */
const person =
  (course: Course, kills: readonly number[], name = 'li') =>
  async () => {
    for (const [n, kill] of [...kills, Number.POSITIVE_INFINITY].entries()) {
      const ports = course.ports(`${name}-${n}`, { kill, ops: 0 })
      try {
        const instance = await ports.rds.instance('cn-hangzhou', 'rm-1')
        const protection = await ports.rds.protection('cn-hangzhou', 'rm-1')
        if (!instance) return
        const wanted = await wantedFor(instance, protection, policy, ports)
        if (isOver(wanted.state)) return
        if (!(await isApproved(wanted, ports))) await approveByHand(wanted, 'user/li.wei', 1, ports)
        await drive({ plan: wanted.plan, renewal: wanted.item.renewal, ports, sleep: course.sleep, say: () => {}, waits: false })
        return
      } catch (error) {
        if (!(error instanceof Killed) && !isContention(error)) throw error
        await course.sleep(Math.floor(course.random() * 90_000))
      }
    }
  }

const isContention = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'Stop' || (error instanceof Fault && error.retry))

/** The deployment: each look at the log is another attempt, and each of them may be killed, too. */
const deployment = (course: Course) => async () => {
  for (let look = 0; look < 40; look++) {
    const kill = course.random() < 0.3 ? Math.floor(course.random() * 40) : Number.POSITIVE_INFINITY
    const ports = course.ports(`deployed-${look}`, { kill, ops: 0 })
    try {
      const { state } = await renewalLog.read(course.world.journal, renewal)
      if (state.proof || state.ended) return
      const next = driveRenewal(renewal, state, course.world.clock.now(), ports.settings.pace)
      for (const one of next.do === 'say' ? next.events : []) {
        if (one.type === 'RenewalApproved') await updateValidity(one, ports)
        if (one.type === 'ValidityUpdated') await publishAfterUpdate(one, ports)
        if (one.type === 'BundlePublished') await proveRenewal(one, ports)
      }
    } catch (error) {
      if (!(error instanceof Killed) && !isContention(error)) throw error
    }
    await course.sleep(20_000 + Math.floor(course.random() * 60_000))
  }
}

type Case = { name: string; arrange: (world: FakeWorld) => void }
const cases: Case[] = [
  { name: 'nothing was planned before', arrange: () => {} },
  {
    name: 'the deployment had asked, and nobody answered',
    arrange: world => {
      world.journal.seed(`plans/${plan}`, [closedOf(), asked])
      world.journal.seed(`renewals/${renewal}`, [planned()])
    },
  },
  {
    name: 'the deployment had its yes',
    arrange: world => {
      world.journal.seed(`plans/${plan}`, [closedOf([itemOf()]), asked, approved()])
      world.journal.seed(`renewals/${renewal}`, [planned()])
    },
  },
]

async function run(
  seed: number,
  { arrange }: Case,
  beside: boolean,
): Promise<{ effective: number; proof: string | undefined; calls: number }> {
  const world = await scene({ at: now })
  arrange(world)
  const course = new Course(world, seed)
  const kills = Array.from({ length: Math.floor(course.random() * 3) }, () => Math.floor(course.random() * 120))
  await course.race(person(course, kills), ...(beside ? [deployment(course)] : []))
  const { state } = await renewalLog.read(world.journal, renewal)
  return { effective: course.effective, proof: state.proof?.fact, calls: world.rds.updates.length }
}

describe.each(cases)('renewed by hand where $name', one => {
  test.each([
    ['beside the deployment, killed and rerun', true, 67],
    ['alone, killed and rerun', false, 15],
  ])('%s, it restarts once, whatever the order of things', async (_, beside, races) => {
    const seen = []
    for (let seed = 1; seed <= races; seed++) {
      const ended = await run(seed * 7919, one, beside)
      expect(ended, `seed ${seed}`).toMatchObject({ effective: expect.toSatisfy((n: number) => n <= 1) })
      seen.push(ended)
    }
    // The races are worth something only where most of them come to their end, and some calls were lost.
    expect(seen.filter(({ proof }) => proof === 'Proven').length).toBeGreaterThan(races * 0.8)
    expect(seen.filter(({ effective }) => effective === 1).length).toBeGreaterThan(races * 0.8)
    if (beside) expect(seen.some(({ calls }) => calls > 1)).toBe(true)
  })
})

test('the same renewal by two people at once is one restart, or two calls that both never arrived', async () => {
  const seen = []
  for (let seed = 1; seed <= 20; seed++) {
    const world = await scene({ at: now })
    const course = new Course(world, seed)
    await course.race(person(course, []), person(course, [], 'chen'))
    seen.push({ seed, effective: course.effective, calls: world.rds.updates.length })
  }
  expect(seen.filter(({ effective, calls }) => effective !== 1 && !(effective === 0 && calls === 2))).toEqual([])
  expect(seen.filter(({ effective }) => effective === 1).length).toBeGreaterThan(15)
})

test('the races find a driver that calls without asking the journal', async () => {
  const world = await scene({ at: now })
  const course = new Course(world, 1)
  const hasty = async () => {
    const ports = course.ports('hasty', { kill: Number.POSITIVE_INFINITY, ops: 0 })
    await ports.rds.updateValidity({ region: 'cn-hangzhou', instance: 'rm-1', host, value: 1, settings: {} })
  }
  await course.race(hasty, hasty)
  expect(course.effective).toBe(2)
  expect(event('RenewalApproved', { plan, renewal }).type).toBe('RenewalApproved')
})
