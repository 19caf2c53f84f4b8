import { describe, expect, test } from 'vitest'
import { Fault, type FaultCode } from '../../shared/errors.ts'
import { event } from '../../shared/events.ts'
import { type Connect, host, type Step } from '../../shared/host.ts'
import type { Ports } from '../../shared/ports.ts'
import { unexpected } from '../../shared/unexpected.ts'
import { type FakeWorld, fakeWorld } from '../fakes/world.ts'
import { cloudEvent, queueForms, timer } from './envelopes.ts'

const now = '2026-11-09T18:30:00Z'
const due = event('RenewalsDue', { plan: 'p1' })
const other = event('RenewalsDue', { plan: 'p2' })
const foreign = event('ValidityUpdated', { plan: 'p1', renewal: 'r1' })

/** Gives the ports that are asked for, and no others. */
const connectTo =
  (world: FakeWorld): Connect =>
  async (needs, attempt) => {
    const { clock, settings } = world
    const asked = Object.fromEntries(needs.map(need => [need, world[need as 'journal']]))
    return { clock, settings, attempt, ...asked } as never
  }
const failing =
  (error: unknown): Connect =>
  async () => {
    throw error
  }

/** A step that keeps what it was called with, and does what it is told with a plan. */
function aStep(act: (plan: string) => void = () => {}) {
  const taken: string[] = []
  const step = {
    step: 'request-approval',
    needs: ['journal'] as const,
    events: {
      RenewalsDue: async ({ data: { plan } }: typeof due, { attempt }: { attempt: string }) => {
        taken.push(`${plan} by ${attempt}`)
        act(plan)
        return { do: 'ask', plan }
      },
    },
    timers: { nightly: async (payload: unknown) => void taken.push(JSON.stringify(payload)) },
  }
  return { step, taken }
}

const faulty = (code: FaultCode) => () => {
  throw new Fault(code, 'told to fail')
}

function hosted(of: Step<'journal'>, world = fakeWorld({ now }), connect: Connect = connectTo(world)) {
  const lines: Record<string, unknown>[] = []
  const handler = host(of, connect, line => void lines.push(line))
  const wake = (bytes: Uint8Array) => handler(bytes, { requestId: 'a7' })
  const deliver = (...messages: unknown[]) => wake(Buffer.from(JSON.stringify(messages.map(cloudEvent))))
  return { world, lines, wake, deliver }
}

describe('a delivery', () => {
  test.each(Object.entries(queueForms))('as %s reaches its step, and answers with the decision', async (_, form) => {
    const { step, taken } = aStep()
    expect(await hosted(step).wake(form(JSON.stringify(due)))).toBe('{"do":"ask","plan":"p1"}')
    expect(taken).toEqual(['p1 by a7'])
  })
  test('of a timer reaches the timer’s own step with its payload', async () => {
    const { step, taken } = aStep()
    expect(await hosted(step).wake(timer('{"kind":"nightly","n":1}'))).toBe('null')
    expect(taken).toEqual(['{"kind":"nightly","n":1}'])
  })
  test('of several messages reaches the step with each', async () => {
    const { step, taken } = aStep()
    expect(await hosted(step).deliver(due, JSON.stringify(other))).toBe('{"do":"ask","plan":"p1"}\n{"do":"ask","plan":"p2"}')
    expect(taken).toEqual(['p1 by a7', 'p2 by a7'])
  })
  test('leaves one line for each message', async () => {
    const { lines, deliver } = hosted(aStep().step)
    await deliver(due, other)
    expect(lines).toEqual([
      {
        level: 'info',
        step: 'request-approval',
        attempt: 'a7',
        event: 'RenewalsDue',
        id: due.id,
        decision: { do: 'ask', plan: 'p1' },
        ms: 0,
        calls: {},
      },
      expect.objectContaining({ id: other.id }),
    ])
  })
  test('tells in its line how often it called which port', async () => {
    const looking = {
      ...aStep().step,
      events: {
        RenewalsDue: async (_: typeof due, { journal }: Pick<Ports, 'journal'>) => {
          for (const log of ['a', 'b', 'c']) await journal.read(log)
        },
      },
    }
    const { lines, deliver } = hosted(looking)
    await deliver(due, other)
    expect(lines.map(line => line.calls)).toEqual([{ journal: 3 }, { journal: 3 }])
  })
})

describe('what can succeed later is thrown with its code, and buried nowhere', () => {
  const codes: FaultCode[] = ['Busy', 'Unreachable', 'Contended', 'BadReply', 'BadArchive', 'Refused', 'BadConfig']
  test.each(codes)('%s', async code => {
    const { world, deliver } = hosted(aStep(faulty(code)).step)
    await expect(deliver(due)).rejects.toThrow(`${code}: told to fail`)
    expect(world.queue.buried).toEqual([])
  })
  test('a defect, whose foreign words are not told', async () => {
    const { world, deliver, lines } = hosted(
      aStep(() => {
        throw new TypeError('https://oapi.dingtalk.com/robot/send?access_token=secret')
      }).step,
    )
    await expect(deliver(due)).rejects.toThrow('Crashed: TypeError was thrown: a defect, its stack follows')
    expect(world.queue.buried).toEqual([])
    expect(JSON.stringify(lines)).not.toContain('secret')
  })
  test('an environment that lacks something, before any step runs', async () => {
    const { step, taken } = aStep()
    const { wake } = hosted(step, undefined, failing(new Fault('BadConfig', 'JOURNAL_BUCKET is missing; SECRETS is missing')))
    await expect(wake(queueForms['an array, its body text']?.(JSON.stringify(due)) ?? Buffer.of())).rejects.toThrow(
      'BadConfig: JOURNAL_BUCKET is missing; SECRETS is missing',
    )
    expect(taken).toEqual([])
  })
})

describe('what never can succeed becomes a dead letter at once, with step, code and what it was, and is acknowledged', () => {
  const envelope = (world: FakeWorld) => world.queue.buried.map(letter => letter.envelope)

  test.each<[string, string, FaultCode, string]>([
    ['an event that is not JSON', 'no event', 'BadEvent', 'not JSON'],
    ['an event type that nobody knows', JSON.stringify({ ...due, type: 'RenewalsDone' }), 'BadEvent', 'unknown event type "RenewalsDone"'],
    ['an event without a field', JSON.stringify({ ...due, data: {} }), 'BadEvent', 'RenewalsDue: plan: '],
    ['an event that was altered', JSON.stringify({ ...due, data: { plan: 'p2' } }), 'BadEvent', 'the message was altered'],
    [
      'an event of another step',
      JSON.stringify(foreign),
      'BadEvent',
      'request-approval takes RenewalsDue, not ValidityUpdated: look at flow.ts and s.yaml',
    ],
  ])('%s', async (_, text, code, said) => {
    const { step, taken } = aStep()
    const { world, deliver } = hosted(step)
    expect(await deliver(text)).toBe(`{"do":"bury","code":"${code}"}`)
    expect(world.queue.buried).toEqual([{ step: 'request-approval', code, message: expect.stringContaining(said), envelope: text }])
    expect(taken).toEqual([])
  })
  test('an envelope that is none, whole', async () => {
    const { world, wake } = hosted(aStep().step)
    expect(await wake(Buffer.from('<html>'))).toBe('{"do":"bury","code":"BadEnvelope"}')
    expect(world.queue.buried).toMatchObject([{ code: 'BadEnvelope', envelope: '<html>' }])
  })
  test('a timer that the step does not know, with those that it knows', async () => {
    const { world, wake } = hosted(aStep().step)
    await wake(timer('{"kind":"hourly"}'))
    expect(world.queue.buried).toMatchObject([{ code: 'BadEnvelope', message: expect.stringContaining('known are nightly') }])
  })
  test('a journal that a newer version wrote', async () => {
    const { world, deliver } = hosted(aStep(faulty('BadJournal')).step)
    await deliver(due)
    expect(world.queue.buried).toMatchObject([{ code: 'BadJournal', envelope: JSON.stringify(due) }])
  })
  test('cut, where it is longer than a letter holds', async () => {
    const { world, deliver } = hosted(aStep().step)
    await deliver('x'.repeat(50_000))
    expect(envelope(world)).toEqual(['x'.repeat(40_000)])
  })
  test('but for a step that no queue wakes: there is nobody to whom a letter would be more than the failed run', async () => {
    const { events: _, ...onTimers } = aStep().step
    const { world, wake } = hosted(onTimers)
    await expect(wake(timer('{"kind":"hourly"}'))).rejects.toThrow('BadEnvelope: no timer of request-approval is called "hourly"')
    expect(world.queue.buried).toEqual([])
  })
})

describe('nothing is lost', () => {
  test('when the dead letter cannot be written: the message comes again, and both troubles are told', async () => {
    const { world, deliver } = hosted(aStep().step)
    world.queue.fail('bury')
    await expect(deliver('no event')).rejects.toThrow(/^Unreachable: no dead letter could be written for BadEvent: bury: told to fail$/)
    await deliver('no event')
    expect(world.queue.buried).toHaveLength(1)
  })
  test('of the messages beside one that is buried', async () => {
    const { step, taken } = aStep()
    const { world, deliver } = hosted(step)
    expect(await deliver('no event', due, '<html>', other)).toBe(
      '{"do":"bury","code":"BadEvent"}\n{"do":"ask","plan":"p1"}\n{"do":"bury","code":"BadEvent"}\n{"do":"ask","plan":"p2"}',
    )
    expect(taken).toEqual(['p1 by a7', 'p2 by a7'])
    expect(world.queue.buried.map(letter => letter.envelope)).toEqual(['no event', '<html>'])
  })
  test('of the messages beside one that fails: they have their turn, then all come again', async () => {
    const { step, taken } = aStep(plan => plan === 'p1' && faulty('Busy')())
    const { world, deliver } = hosted(step)
    await expect(deliver(due, 'no event', other)).rejects.toThrow('Busy: told to fail')
    expect(taken).toEqual(['p1 by a7', 'p2 by a7'])
    expect(world.queue.buried).toHaveLength(1)
  })
})

test('a fault is told in its own words, anything else by its name and where it was thrown', () => {
  expect(unexpected(new Fault('Refused', 'rds: Forbidden', { cloudCode: 'Forbidden.RAM' }))).toEqual({
    code: 'Refused',
    message: 'rds: Forbidden',
    cloudCode: 'Forbidden.RAM',
  })
  expect(unexpected(new RangeError('secret'))).toMatchObject({
    code: 'Crashed',
    stack: expect.arrayContaining([expect.stringContaining('host.test')]),
  })
  expect(unexpected('secret')).toEqual({ code: 'Crashed', message: 'something was thrown: a defect, its stack follows', stack: [] })
})
