import { afterEach, expect, test } from 'vitest'
import type { FcOptions } from '../../../local/fc/options.ts'
import { type Deployment, deploy, type Made, start, timer } from './deployment.ts'

let deployment: Deployment | undefined
afterEach(async () => {
  await deployment?.close()
  deployment = undefined
})

async function deployed(functions: Record<string, Made>, more?: Partial<FcOptions>): Promise<Deployment> {
  deployment = await deploy(functions, more)
  return deployment
}

const recorder = `export const handler = event => { console.log(event.toString()) }`
const minutes = (count: number) => start + count * 60_000

test('a timer fired by hand tells its time, its name and its payload as a string', async () => {
  const payload = '{"kind":"sweep"}'
  const world = await deployed({
    first: { code: recorder, triggers: [timer('daily', '0 0 8 * * *'), timer('sweep', '@every 5m', payload)] },
  })
  expect(await world.fc.fire('first', 'sweep')).toBe('done')
  expect(world.lines.map(({ text }) => JSON.parse(text))).toEqual([{ triggerTime: '2026-05-10T18:00:00Z', triggerName: 'sweep', payload }])
  await expect(world.fc.fire('first', 'weekly')).rejects.toThrow('first has no timer trigger weekly; there are: first daily, first sweep')
})

test('a timer fires when its schedule is due in its own zone, once however late it is noticed, and again at the next time', async () => {
  // 18:00Z is 02:00 in Shanghai
  const world = await deployed({ first: { code: recorder, triggers: [timer('daily', 'CRON_TZ=Asia/Shanghai 0 30 2 * * *')] } })
  world.clock.time = minutes(30) - 1
  await expect.poll(() => world.fc.state().running, { interval: 1 }).toEqual([])
  expect(world.deliveries).toEqual([])
  world.clock.time = minutes(30)
  await world.delivered()
  world.clock.time = minutes(30 + 3 * 24 * 60 - 1)
  await world.delivered()
  world.clock.time = minutes(30 + 3 * 24 * 60)
  await world.delivered()
  await world.fc.idle()
  expect(world.lines.map(({ text }) => JSON.parse(text).triggerTime)).toEqual([
    '2026-05-10T18:30:00Z',
    '2026-05-13T18:29:00Z',
    '2026-05-13T18:30:00Z',
  ])
})

test('a disabled timer never fires by itself', async () => {
  const triggers = [timer('never', '0 * * * * *', '', false), timer('always', '0 * * * * *')]
  const world = await deployed({ first: { code: recorder, triggers } })
  world.clock.time = minutes(10)
  await world.delivered()
  await world.fc.idle()
  expect(world.deliveries.map(({ trigger }) => trigger)).toEqual(['always'])
})

test('a compressed timer fires again and again, and follows its schedule no more', async () => {
  const triggers = [timer('sweep', '0 * * * * *'), timer('seldom', '0 * * * * *'), timer('always', '0 * * * * *')]
  const world = await deployed({ first: { code: recorder, triggers } }, { timers: { sweep: 5, seldom: 86_400_000 } })
  for (let count = 0; count < 3; count++) await world.delivered(({ trigger }) => trigger === 'sweep')
  world.clock.time = minutes(10)
  await world.delivered(({ trigger }) => trigger === 'always')
  expect(world.deliveries.filter(({ trigger }) => trigger === 'seldom')).toEqual([])
})

test('a compressed timer that no function has is refused', async () => {
  await expect(deployed({ first: { code: recorder } }, { timers: { sweep: 5 } })).rejects.toThrow(
    'timers.sweep: no function has a timer trigger',
  )
})

test('a timer is an asynchronous invocation: a failure is tried again as often as s.yaml says', async () => {
  const failing = `export const handler = () => { throw new Error('not today') }`
  const triggers = [timer('daily', '0 0 8 * * *')]
  const props = { asyncInvokeConfig: { maxAsyncRetryAttempts: 1 } }
  const world = await deployed({ first: { code: failing, triggers }, second: { code: failing, props, triggers } })
  expect(await world.fc.fire('first', 'daily')).toBe('given-up')
  expect(await world.fc.fire('second', 'daily')).toBe('given-up')
  expect(world.deliveries.map(one => [one.function, one.attempt, one.next])).toEqual([
    ['first', 1, 'retry'],
    ['first', 2, 'retry'],
    ['first', 3, 'retry'],
    ['first', 4, 'drop'],
    ['second', 1, 'retry'],
    ['second', 2, 'drop'],
  ])
})

test('a timer that waits for its next try keeps the deployment from rest', async () => {
  const failing = `export const handler = () => { throw new Error('not today') }`
  const world = await deployed({ first: { code: failing, triggers: [timer('daily', '0 0 8 * * *')] } }, { scale: { retry: 1 } })
  const fired = world.fc.fire('first', 'daily')
  await world.delivered()
  expect(world.fc.state()).toMatchObject({ rest: false, running: [], deliveries: 1 })
  await world.fc.close()
  expect(await fired).toBe('closed')
})

test.each(['0 0 8 * *', '0 61 8 * * *', 'CRON_TZ=Asia/Nowhere 0 0 8 * * *', '@every 5s', ''])('the schedule %j is refused', async cron => {
  await expect(deployed({ first: { code: recorder, triggers: [timer('daily', cron)] } })).rejects.toMatchObject({
    code: 'BadSpec',
    message: expect.stringContaining(`first: trigger daily: cronExpression ${JSON.stringify(cron)}`),
  })
})
