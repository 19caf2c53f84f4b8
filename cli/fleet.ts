import { eachOf } from '../shared/adapters/concurrency.ts'
import { connecting } from '../shared/adapters/connect/connecting.ts'
import { rds as rdsConnector } from '../shared/adapters/connect/rds.ts'
import { type Instance, isEngine, type Listed, type Protection, type VendorTask } from '../shared/domain/instance.ts'
import { Fault } from '../shared/errors.ts'
import type { Rds, Settings } from '../shared/ports.ts'
import type { Access } from './access.ts'
import { accountOf } from './identity.ts'
import type { Terminal } from './terminal.ts'

/** One instance as read; `unread` says why the rest is missing. */
export type Seen = {
  listed: Listed
  instance: Instance | undefined
  protection: Protection | undefined
  unread: Fault | undefined
}

export type FleetView = {
  account: string
  settings: Settings
  instances: Seen[]
  /** Alibaba's own scheduled operations. Where they could not be read, the region is among `blind`. */
  tasks: VendorTask[]
  regions: string[]
  refused: { region: string; fault: Fault }[]
  blind: { region: string; fault: Fault }[]
}

const connect = connecting({ rds: rdsConnector })

/**
 * Reads the whole fleet with the reader's own keys: reads alone, each region for itself. A region that refuses is told and passed over.
 *
 * @throws Fault where not even the regions, or who the keys belong to, can be read
 */
export async function readFleet(access: Access, wanted: readonly string[] | undefined, at: Terminal): Promise<FleetView> {
  const account = await accountOf(access, at.now())
  const { rds, settings } = await connect(['rds'], 'rds-tls', { ...access.env, FC_ACCOUNT_ID: account })
  const regions = wanted ? [...wanted] : await rds.regions()
  const view: FleetView = { account, settings, instances: [], tasks: [], regions, refused: [], blind: [] }
  let [listed, read] = [0, 0]
  const tell = () => at.progress(`${listed} instances listed, ${read} read …`)
  await eachOf(regions, 4, async region => {
    const found = await listOf(rds, region, count => {
      listed += count
      tell()
    })
    if (found instanceof Fault) return void view.refused.push({ region, fault: found })
    if (found.some(one => isEngine(one.engine))) await tasksOf(rds, region, view)
    const seen = await eachOf(found, 6, async one => {
      const seen = await readOne(rds, one)
      read++
      tell()
      return seen
    })
    view.instances.push(...seen)
  })
  return view
}

async function listOf(rds: Rds, region: string, tell: (count: number) => void): Promise<Listed[] | Fault> {
  const all: Listed[] = []
  let next: string | undefined
  try {
    do {
      const page = await rds.list(region, next)
      all.push(...page.instances)
      tell(page.instances.length)
      next = page.next
    } while (next !== undefined)
    return all
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
}

async function tasksOf(rds: Rds, region: string, view: FleetView): Promise<void> {
  try {
    view.tasks.push(...(await rds.vendorTasks(region)))
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    view.blind.push({ region, fault: error })
  }
}

async function readOne(rds: Rds, listed: Listed): Promise<Seen> {
  if (!isEngine(listed.engine)) return { listed, instance: undefined, protection: undefined, unread: undefined }
  try {
    const [instance, protection] = await Promise.all([rds.instance(listed.region, listed.id), rds.protection(listed.region, listed.id)])
    return { listed, instance, protection, unread: undefined }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { listed, instance: undefined, protection: undefined, unread: error }
  }
}
