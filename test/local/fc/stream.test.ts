import { afterEach, expect, test } from 'vitest'
import type { FcOptions } from '../../../local/fc/options.ts'
import { accountId, type Deployment, deploy, fromQueue, type Made, start } from './deployment.ts'

let deployment: Deployment | undefined
afterEach(async () => {
  await deployment?.close()
  deployment = undefined
})

async function deployed(functions: Record<string, Made>, more?: Partial<FcOptions>, queues?: string[]): Promise<Deployment> {
  deployment = await deploy(functions, more, queues)
  return deployment
}

/** Writes the event it gets as one line, in base64. */
const recorder = `export const handler = event => { console.log(event.toString('base64')) }`
const failing = `export const handler = () => { throw new Error('not today') }`
const hanging = `export const handler = () => { console.log('at work'); return new Promise(() => setInterval(() => {}, 1000)) }`

const eventsOf = ({ lines }: Deployment) => lines.map(({ text }) => JSON.parse(Buffer.from(text, 'base64').toString()))

test('a message comes as a list of one CloudEvent, its body decoded, and is deleted once the function returned', async () => {
  const world = await deployed({ first: { code: recorder, triggers: [fromQueue('q')] } })
  const messageId = world.send('q', '{"id":"ä"}')
  expect(await world.delivered()).toMatchObject({
    function: 'first',
    trigger: 'from-queue',
    messageId,
    attempt: 1,
    end: 'returned',
    next: 'done',
  })
  await world.fc.idle()
  const [events] = eventsOf(world)
  expect(events).toEqual([
    {
      id: expect.any(String),
      source: expect.any(String),
      specversion: '1.0',
      type: 'mns:Queue:SendMessage',
      datacontenttype: 'application/json; charset=utf-8',
      subject: `acs:mns:cn-hangzhou:${accountId}:queues/q`,
      time: '2026-05-10T18:00:00.000Z',
      aliyunaccountid: accountId,
      aliyunoriginalaccountid: accountId,
      aliyunregionid: 'cn-hangzhou',
      aliyuneventbusname: expect.any(String),
      aliyunpublishtime: '2026-05-10T18:00:00.000Z',
      aliyunpublishaddr: '127.0.0.1',
      data: { requestId: expect.stringMatching(/^[0-9A-F]{24}$/), messageId, messageBody: '{"id":"ä"}' },
    },
  ])
  expect(world.lying('q')).toEqual([])
  expect(world.lying('letters')).toEqual([])
})

test('a body is handed on as it lies there where the trigger does not decode', async () => {
  const world = await deployed({ first: { code: recorder, triggers: [fromQueue('q', { decode: false })] } })
  world.send('q', 'plain')
  await world.fc.idle()
  expect(eventsOf(world)[0][0].data.messageBody).toBe(Buffer.from('plain').toString('base64'))
})

test('BACKOFF_RETRY tries three times more, with the same event, and then lays it into the dead-letter queue', async () => {
  const world = await deployed({
    first: { code: `${recorder.replace('}', '; throw new Error("not today") }')}`, triggers: [fromQueue('q')] },
  })
  world.send('q', 'never')
  await world.fc.idle()
  expect(world.deliveries.map(({ attempt, next, error }) => [attempt, next, error])).toEqual([
    [1, 'retry', 'not today'],
    [2, 'retry', 'not today'],
    [3, 'retry', 'not today'],
    [4, 'dead-letter', 'not today'],
  ])
  const events = eventsOf(world)
  expect(events).toHaveLength(4)
  expect(new Set(events.map(event => JSON.stringify(event))).size).toBe(1)
  expect(world.lying('letters').map(text => JSON.parse(text))).toEqual([events[0]])
  expect(world.lying('q')).toEqual([])
})

test('EXPONENTIAL_DECAY_RETRY tries 176 times more', async () => {
  const world = await deployed({ first: { code: failing, triggers: [fromQueue('q', { retry: 'EXPONENTIAL_DECAY_RETRY' })] } })
  world.send('q', 'never')
  await world.fc.idle()
  expect(world.deliveries).toHaveLength(177)
  expect(world.lying('letters')).toHaveLength(1)
})

test('a failing message does not hold up the one behind it where errors are tolerated', async () => {
  const code = `export const handler = event => { if (event.includes('never')) throw new Error('not today') }`
  const world = await deployed({ first: { code, triggers: [fromQueue('q')] } }, { scale: { retry: 1 } })
  world.send('q', 'never')
  await world.delivered(({ next }) => next === 'retry')
  world.send('q', 'well')
  expect((await world.delivered(({ next }) => next === 'done')).attempt).toBe(1)
  expect(world.fc.state()).toMatchObject({ rest: false, deliveries: 1, running: [] })
})

test('without tolerance the stream stops at the message that kept failing, and says so', async () => {
  const world = await deployed({
    first: { code: failing, triggers: [fromQueue('q', { tolerance: 'NONE', letters: '' })] },
    second: { code: recorder, triggers: [fromQueue('r')] },
  })
  world.send('q', 'never')
  world.send('q', 'behind it')
  await world.delivered(({ next }) => next === 'block')
  for (const body of ['one', 'two']) {
    world.send('r', body)
    await world.delivered(delivery => delivery.function === 'second')
  }
  expect(world.fc.state().blocked).toEqual(['first'])
  expect(world.lying('q')).toEqual(['never', 'behind it'])
  expect(world.deliveries.filter(one => one.function === 'first' && one.attempt === 1)).toHaveLength(1)
})

test('a kill is a failed delivery, and the trigger tries again', async () => {
  const code = `
    import { existsSync, writeFileSync } from 'node:fs'
    export const handler = () => {
      if (existsSync('second')) return 'done'
      writeFileSync('second', '')
      console.log('at work')
      return new Promise(() => setInterval(() => {}, 1000))
    }`
  const world = await deployed({ first: { code, triggers: [fromQueue('q')] } })
  expect(world.fc.kill('first')).toBe(false)
  world.send('q', 'x')
  await world.written('at work')
  expect(world.fc.state().running).toEqual([{ function: 'first', requestId: world.lines[0]?.requestId }])
  expect(world.fc.kill('first')).toBe(true)
  await world.fc.idle()
  expect(world.deliveries.map(({ attempt, end, next }) => [attempt, end, next])).toEqual([
    [1, 'exited', 'retry'],
    [2, 'returned', 'done'],
  ])
  expect(world.lying('q')).toEqual([])
})

test("a function that overruns its time-out is killed and tried again until its strategy's end", async () => {
  const world = await deployed(
    { first: { code: hanging, props: { timeout: 1 }, triggers: [fromQueue('q')] } },
    { scale: { retry: 0, timeout: 0.3 } },
  )
  world.send('q', 'x')
  await world.fc.idle()
  expect(world.deliveries.map(({ end }) => end)).toEqual(['timed-out', 'timed-out', 'timed-out', 'timed-out'])
  expect(world.deliveries[3]).toMatchObject({ next: 'dead-letter', error: 'Function timed out after 1 seconds' })
})

test('a queue that no enabled trigger consumes stalls, and is named; dead letters are none', async () => {
  const world = await deployed(
    {
      first: { code: failing, triggers: [fromQueue('q')] },
      second: { code: recorder, triggers: [fromQueue('disabled', { enabled: false })] },
      third: { code: recorder },
    },
    {},
    ['forgotten'],
  )
  world.send('disabled', 'x')
  world.send('forgotten', 'x')
  world.send('q', 'x')
  const state = await world.fc.idle()
  expect(state.stalled).toEqual(['disabled', 'forgotten'])
  expect(world.lying('letters')).toHaveLength(1)
  expect(state.queues.find(({ queue }) => queue === 'disabled')).toEqual({
    queue: 'disabled',
    consumer: undefined,
    waiting: 1,
    delayed: 0,
    held: 0,
  })
  expect(world.deliveries.every(delivery => delivery.function === 'first')).toBe(true)
})

test('the deployment has not come to rest while a delayed message is on its way', async () => {
  const world = await deployed({ first: { code: recorder, triggers: [fromQueue('q')] } })
  world.send('q', 'later', 60)
  world.send('q', 'now')
  let rested = false
  const rest = world.fc.idle().then(() => {
    rested = true
  })
  await world.delivered()
  await expect.poll(() => world.fc.state(), { interval: 1 }).toMatchObject({ deliveries: 0, running: [] })
  expect(world.fc.state().rest).toBe(false)
  expect(rested).toBe(false)
  world.clock.time += 60_000
  await rest
  expect(eventsOf(world).map(([event]) => event.data.messageBody)).toEqual(['now', 'later'])
})

test('a message whose hold lapsed under a slow function is delivered a second time', async () => {
  const world = await deployed({ first: { code: hanging, triggers: [fromQueue('q')] } })
  const messageId = world.send('q', 'x')
  await world.written('at work')
  world.clock.time += 600_000
  await expect.poll(() => world.lines.length, { interval: 1 }).toBe(2)
  expect(world.fc.state().running).toHaveLength(2)
  expect(world.model.messages('q', world.clock.time)).toMatchObject([{ messageId, receiveCount: 2 }])
})

test('functions run beside each other, each process is reused, and a function sees what s.yaml gives it and no more', async () => {
  const code = `
    console.log('a new process')
    export const handler = async (event, context) => {
      const { PATH, LANG, TZ, ...env } = process.env
      console.log(JSON.stringify({ env, credentials: context.credentials }))
    }`
  const role = `acs:ram::${accountId}:role/of-first`
  const world = await deployed(
    {
      first: { code, props: { role, environmentVariables: { BUCKET: 'in s.yaml', OTHER: 'kept' } }, triggers: [fromQueue('q')] },
      second: { code, triggers: [fromQueue('r')] },
    },
    { env: () => ({ BUCKET: 'embedded', UNDECLARED: 'x' }), endpoints: { RDS_ENDPOINT: '127.0.0.1:1' } },
  )
  world.send('q', '1')
  await world.fc.idle()
  world.send('q', '2')
  world.send('r', '3')
  await world.fc.idle()
  expect(world.deliveries.map(delivery => [delivery.function, delivery.cold]).toSorted()).toEqual([
    ['first', false],
    ['first', true],
    ['second', true],
  ])
  expect(world.lines.filter(({ text }) => text === 'a new process')).toHaveLength(2)
  const seen = (name: string) => JSON.parse(world.lines.findLast(line => line.function === name && line.text.startsWith('{'))?.text ?? '{}')
  const platform = {
    FC_REGION: 'cn-hangzhou',
    FC_ACCOUNT_ID: accountId,
    FC_FUNCTION_HANDLER: 'index.handler',
    FC_FUNCTION_MEMORY_SIZE: '512',
  }
  expect(seen('first')).toEqual({
    env: {
      ...platform,
      FC_FUNCTION_NAME: 'first',
      FC_INSTANCE_ID: expect.any(String),
      BUCKET: 'embedded',
      OTHER: 'kept',
      RDS_ENDPOINT: '127.0.0.1:1',
      ALIBABA_CLOUD_ACCESS_KEY_ID: 'STS.first',
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'secret-of-first',
      ALIBABA_CLOUD_SECURITY_TOKEN: 'token-of-first',
    },
    credentials: { accessKeyId: 'STS.first', accessKeySecret: 'secret-of-first', securityToken: 'token-of-first' },
  })
  expect(seen('second')).toEqual({
    env: { ...platform, FC_FUNCTION_NAME: 'second', FC_INSTANCE_ID: expect.any(String), RDS_ENDPOINT: '127.0.0.1:1' },
    credentials: { accessKeyId: '', accessKeySecret: '', securityToken: '' },
  })
})

test('many messages are delivered once each, several at a time', async () => {
  const world = await deployed({ first: { code: recorder, triggers: [fromQueue('q')] } })
  const bodies = Array.from({ length: 40 }, (_, index) => `message ${index}`)
  for (const body of bodies) world.send('q', body)
  await world.fc.idle()
  const seen = eventsOf(world).map(([event]) => event.data.messageBody)
  expect(seen.toSorted()).toEqual(bodies.toSorted())
  expect(world.deliveries.filter(({ cold }) => cold).length).toBeLessThanOrEqual(4)
})

test('closing ends every process, also one at work, and nothing is deleted from the queue', async () => {
  const world = await deployed({ first: { code: `console.log(process.pid);${hanging}`, triggers: [fromQueue('q')] } })
  world.send('q', 'x')
  await world.written('at work')
  const pid = Number(world.lines[0]?.text)
  expect(() => process.kill(pid, 0)).not.toThrow()
  await world.fc.close()
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  expect(world.deliveries).toEqual([])
  expect(world.model.messages('q', start)).toHaveLength(1)
})

test('what cannot work is refused before anything starts, by its name', async () => {
  const trigger = fromQueue('q')
  const refused = (made: Partial<Made>, more?: Partial<FcOptions>) =>
    deployed({ first: { code: recorder, triggers: [trigger], ...made } }, more)
  await expect(refused({ props: { handler: 'main.handler' } })).rejects.toMatchObject({
    code: 'Unbuilt',
    message: expect.stringContaining('holds no main.js'),
  })
  await expect(refused({ props: { environmentVariables: { FC_REGION: 'x' } } })).rejects.toMatchObject({
    code: 'BadSpec',
    message: expect.stringContaining('FC_REGION'),
  })
  await expect(refused({ props: { environmentVariables: { BIG: 'x'.repeat(4094) } } })).rejects.toThrow('have 4097 bytes')
  const none = {
    names: () => ['letters'],
    depth: () => ({ waiting: 0, delayed: 0, held: 0 }),
    receive: () => undefined,
    delete: () => {},
    send: () => false,
  }
  await expect(refused({}, { queues: none })).rejects.toMatchObject({ code: 'BadOptions', message: expect.stringContaining('the queue q') })
})
