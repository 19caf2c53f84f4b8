import type { Gathered, Leftover } from './domain/renewal.ts'
import type { LeftTask, RenewalState } from './domain/renewal-log.ts'
import { Fault } from './errors.ts'
import type { AnyEvent } from './events.ts'
import type { Ports } from './ports.ts'
import { attention } from './renewal-end.ts'

/**
 * Cancels Alibaba's own tasks that an update has left over, where the service lets it, and says of each why it stays. A cancellation that failed
 * may have come through all the same, or another delivery's did: what is still listed afterwards stays.
 */
export async function cancelLeft(
  left: readonly Leftover[],
  { log }: Pick<Gathered, 'log'>,
  { rds }: Pick<Ports, 'rds'>,
): Promise<LeftTask[]> {
  const region = log.planned?.item.region ?? ''
  const failed = new Map<string, string>()
  for (const { task, stays } of left) {
    const code = stays === undefined ? await failureOf(() => rds.cancelTask(region, task.id)) : undefined
    if (code !== undefined) failed.set(task.id, code)
  }
  let listed = left.map(one => one.task)
  if (failed.size > 0) {
    await failureOf(async () => {
      listed = await rds.vendorTasks(region)
    })
  }
  const still = new Set(listed.map(one => one.id))
  return left.map(({ task: { id, type, switchTime }, stays }) => {
    const code = still.has(id) ? failed.get(id) : undefined
    const why = stays ?? (code && `the service says ${code}`)
    return { id, type, switchTime, ...(why === undefined ? {} : { stays: why }) }
  })
}

/** The code of the fault that it throws, if it does. */
async function failureOf(act: () => Promise<void>): Promise<string | undefined> {
  try {
    await act()
    return undefined
  } catch (error) {
    if (error instanceof Fault) return error.cloudCode ?? error.code
    throw error
  }
}

/** What a person must hear of an update that is done: what it changed besides, and what will restart the instance once more. */
export function wordsOfUpdate(log: RenewalState): AnyEvent[] {
  const { changed = [], tasks = [] } = log.updated ?? {}
  const settings = changed.map(
    ({ setting, before, after }) => `${setting} was ${before}, ${after === undefined ? 'is told no more' : `is ${after}`}`,
  )
  const restarts = tasks.flatMap(({ id, type, switchTime, stays }) =>
    stays === undefined ? [] : [`task ${id} (${type}) is set for ${switchTime} and was not cancelled: ${stays}`],
  )
  return [
    ...(settings.length > 0 ? [attention('SettingsChanged', log, settings.join('; '))] : []),
    ...(restarts.length > 0 ? [attention('VendorTaskLeft', log, restarts.join('; '))] : []),
  ]
}
