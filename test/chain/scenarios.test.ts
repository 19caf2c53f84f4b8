import { beforeAll, describe, expect, test } from 'vitest'
import type { Restart, Task } from '../../local/model/rds.ts'
import { scenarioNames } from '../../local/scenarios.ts'
import { unhurried } from '../oracle.ts'
import { type SmallDayEnd, smallDay } from './small-cloud.ts'

/** All that one renewal was told to do, by the letters with which its instance's id goes on after `rm-bp1`. */
const of = (told: readonly string[], letters: string) =>
  told.filter(line => line.startsWith(`rm-bp1${letters}`)).map(line => line.slice(line.indexOf(': ') + 2))

describe.skipIf(!unhurried('the day of all stories'))('in one day', () => {
  let day: SmallDayEnd
  let restarts: readonly Restart[] = []
  let tasks: readonly Readonly<Task>[] = []
  beforeAll(async () => {
    day = await smallDay({
      only: [],
      // A refused role halts the whole rollout: it has a day of its own.
      scenarios: scenarioNames.filter(name => name !== 'role-refused'),
      patience: 150_000,
      afterwards: async ({ world }) => {
        ;({ restarts, tasks } = world.inspect())
      },
    })
  }, 180_000)
  const card = (title: string, words: string) =>
    expect(day.cards).toContainEqual(
      expect.objectContaining({ title: expect.stringContaining(title), text: expect.stringContaining(words) }),
    )

  test('the auditor finds nothing', () => expect(day.findings).toEqual([]))

  test('a locked instance is waited for, and its nearing end is announced', () => {
    expect(of(day.told, 'locked')).toEqual(['waits for Running: the instance is locked'])
    card('about to expire', 'rm-bp1locked')
  })

  test('an unpaid one ends by the service’s no, and the others go on', () => {
    expect(of(day.told, 'unpaid').at(-1)).toMatch(/^Update Validity was refused: OrderStatus.UnPaid/)
    card('A renewal ended', 'OrderStatus.UnPaid')
    expect(day.cards.filter(({ title }) => title.includes('halted'))).toEqual([])
  })

  test('one that is released half-way ends as gone', () => {
    expect(of(day.told, 'deletedhalfw')[0]).toBe('Update Validity accepted: it restarts')
    card('A renewal ended', 'InstanceGone: it vanished while it was updated')
  })

  test('one whose endpoint was renamed is void', () => {
    expect(of(day.told, 'endpointrena')).toEqual([
      expect.stringMatching(/^not renewed: EndpointMoved: asked for .+ protected is .+-renamed/),
    ])
    card('A renewal ended', 'EndpointMoved')
  })

  test.each([
    ['a person', 'renewedbysom'],
    ['Alibaba’s own task', 'vendorrenews'],
  ])('one that %s renews is adopted, proven and not restarted by us', (_, letters) => {
    expect(of(day.told, letters)).toContainEqual(expect.stringMatching(/^somebody else renewed it/))
    expect(of(day.told, letters).at(-1)).toBe('proof: Proven')
    expect(restarts.filter(one => one.instance.startsWith(`rm-bp1${letters}`) && one.cause === 'update')).toEqual([])
  })

  test('Alibaba’s own task was waited for', () => {
    expect(of(day.told, 'vendorrenews')[0]).toMatch(/^waits for VendorTask: Alibaba renews it at /)
  })

  test('a task of Alibaba’s own that an update left over is cancelled, and one that cannot be is told with its time', () => {
    const status = (letters: string) => tasks.filter(one => one.instance.startsWith(`rm-bp1${letters}`)).map(one => one.status)
    expect([status('taskcancell'), status('taskstays')]).toEqual([[7], [3]])
    expect([of(day.told, 'taskcancell').at(-1), of(day.told, 'taskstays').at(-1)]).toEqual(['proof: Proven', 'proof: Proven'])
    card('restart it once more: rm-bp1taskstays', 'and was not cancelled: it cannot be cancelled')
    expect(day.cards.filter(({ title }) => title.includes('once more'))).toHaveLength(1)
  })

  test('a primary and its replica are renewed, one after the other', () => {
    const family = restarts.filter(({ instance }) => /^rm-bp1(primary|replica)/.test(instance)).sort((a, b) => a.at - b.at)
    expect(family.map(one => one.cause)).toEqual(['update', 'update'])
    expect(family[1]?.at).toBeGreaterThan(family[0]?.until ?? Number.POSITIVE_INFINITY)
    expect([of(day.told, 'primary').at(-1), of(day.told, 'replica').at(-1)]).toEqual(['proof: Proven', 'proof: Proven'])
  })

  test('a database proxy is announced by name, as not renewed here', () => {
    card('does not renew', 'proxy.rwlb.rds.aliyuncs.com of rm-bp1proxy')
  })

  test('serverless is looked after where there is an API for it, else told as not supported', () => {
    expect(day.rows.find(row => row.name === 'serverless')?.reason).toMatch(/^NotDue: due from /)
    expect(day.rows.find(row => row.name === 'serverless-postgres')?.reason).toMatch(/^NotSupported: PostgreSQL Serverless/)
  })

  test('an instance whose settings may not be read, and a region that fails, are told', () => {
    card('did not see every instance', 'rm-bp1readsrefused')
    card('did not see every instance: cn-shanghai', 'RequestMetaDataFailed')
  })
})

test.skipIf(!unhurried('a day with a refused role'))(
  'a role that may not update halts the rollout, which is told',
  { timeout: 180_000 },
  async () => {
    const { findings, told, cards } = await smallDay({
      only: [],
      scenarios: ['role-refused'],
      afterwards: async ({ urls }) => {
        const told = async () => (await (await fetch(`${urls.inbox}/cards.json`)).text()).includes('halted')
        for (let tries = 0; tries < 200 && !(await told()); tries++) await new Promise(resolve => setTimeout(resolve, 100))
      },
    })
    expect(findings).toEqual([])
    const last = told.filter(line => line.startsWith('rm-bp1rolerefused'))
    expect(last).toContainEqual(expect.stringMatching(/Update Validity was refused: Forbidden.RAM/))
    expect(last).toContainEqual(expect.stringMatching(/waits for Resume/))
    expect(cards).toContainEqual(expect.objectContaining({ text: expect.stringContaining('RefusedByService: Forbidden.RAM') }))
    expect(cards).toContainEqual(expect.objectContaining({ title: expect.stringContaining('halted') }))
  },
)
