import { answerApproval } from '../../../functions/answer-approval.ts'
import { step as updateValidity } from '../../../functions/update-validity.ts'
import type { Behaviour } from '../../../local/model/rds.ts'
import { event } from '../../../shared/events.ts'
import { host } from '../../../shared/host.ts'
import { Gated } from './gate.ts'
import { begin, judged, liveOn, type Scenario, type Stage } from './life.ts'
import { liveUntil, type Past, resume } from './past.ts'
import { remainsOf } from './remains.ts'
import { scenarios } from './scenarios.ts'
import type { Ended, Race } from './schedules.ts'

const hour = 3_600_000
const minute = 60_000

/** Two processes that meet in the world of a scenario. */
export type Meeting = { begin: () => Race; judge: (ended: Ended) => Promise<string[]> }

const scenarioOf = (name: string): Scenario => {
  const found = scenarios.find(one => one.name === name)
  if (!found) throw new Error(`no scenario is called ${name}`)
  return found
}

/** Two deliveries of one approval at once, where the window is open and nothing was called yet. */
export async function twoDeliveries(behaviour: Partial<Behaviour> = {}): Promise<Meeting> {
  const { instances, ...more } = scenarioOf('a wait for the window')
  const scenario = { ...more, instances: instances.map(one => ({ ...one, behaviour: { ...one.behaviour, ...behaviour } })) }
  return meeting(scenario, await liveUntil(scenario, begin + 4 * hour - minute), begin + 4 * hour, [deliver, deliver])
}

/** Two deliveries that both find a call whose fate nobody knows, when it has had its time: each may be the second attempt. */
export async function twoSecondAttempts(): Promise<Meeting> {
  const scenario = scenarioOf('a second attempt after a call that never came')
  const at = begin + hour + 18 * minute
  return meeting(scenario, await liveUntil(scenario, at - minute), at, [deliver, deliver])
}

/** Two answers to one plan, posted at once. */
export async function twoAnswers(...decisions: ('approve' | 'reject')[]): Promise<Meeting> {
  const scenario: Scenario = { ...scenarioOf('approved update'), temper: 'is silent', ends: ['proven', 'untouched'], updates: [1, 0] }
  const at = begin + hour + 30_000
  return meeting(scenario, await liveUntil(scenario, at), at, decisions.map(posts))
}

type Run = (stage: Stage, process: Gated) => Promise<unknown>

function meeting(scenario: Scenario, past: Past, at: number, runs: readonly Run[]): Meeting {
  const stages = new WeakMap<Race, Stage>()
  return {
    begin() {
      const stage = resume(scenario, past, at)
      const { world } = stage
      const sent: string[] = []
      const { onMessage } = world
      world.onMessage = (queue, message, at) => {
        sent.push(`${queue} ${message.body} ${at}`)
        onMessage(queue, message, at)
      }
      const processes = runs.map((run, n) => {
        const process = gated(stage, n)
        run(stage, process).then(
          end => {
            process.ended = String(end)
            world.watcher.ended(process, 'returned')
          },
          error => {
            process.ended = `threw ${error}`
            world.watcher.ended(process, 'failed')
          },
        )
        return process
      })
      const race = { processes, world: () => `${remainsOf(world, text => text)}\n${[...sent].sort().join('\n')}` }
      stages.set(race, stage)
      return race
    },
    async judge({ race }) {
      const stage = stages.get(race)
      if (!stage) throw new Error('of another meeting')
      return judged(scenario, stage, await liveOn(scenario, stage))
    },
  }
}

function gated({ world, watch }: Stage, n: number): Gated {
  const [renewal, [asked]] = [...watch.truth.asked][0] ?? ['', []]
  const never = () => {
    throw new Error('its calls wait for their turn')
  }
  const about = { step: 'update-validity', key: String(n + 1), attempt: `rival-${n + 1}`, renewal, plan: asked?.plan }
  return new Gated({ ...about, skew: 0, seed: 1, time: world.time, fates: never })
}

/** Handles RenewalApproved as the platform lets it. */
const deliver: Run = ({ world, ports }, process) => {
  const approved = event('RenewalApproved', { plan: process.plan ?? '', renewal: process.renewal ?? '' })
  const body = Buffer.from(JSON.stringify(approved)).toString('base64')
  const envelope = Buffer.from(JSON.stringify([{ id: 'message', data: { messageBody: body } }]))
  const handle = host(
    updateValidity,
    async () => ports(world, process),
    line => world.watcher.said(process, line),
  )
  return handle(envelope, { requestId: process.attempt })
}

const posts =
  (decision: 'approve' | 'reject'): Run =>
  async ({ world, watch, person, ports }, process) => {
    const [plan, renewal] = [process.plan ?? '', process.renewal ?? '']
    const link = new URL(world.chat.cards().find(card => card.buttons.length > 0)?.buttons[0]?.url ?? '')
    const form = new URLSearchParams({ token: link.searchParams.get('token') ?? '', decision, count: '1', item: renewal })
    if (decision === 'approve') person.approves(plan, [renewal])
    const request = { method: 'POST', path: decodeURIComponent(link.pathname), query: link.searchParams, form, from: '203.0.113.7' }
    const { statusCode } = await answerApproval(request, ports(world, process))
    if (statusCode === 200) watch.truth.taken(plan, [renewal], decision)
    return `${decision} ${statusCode}`
  }
