import { Fault } from '../shared/errors.ts'
import { overview } from '../shared/operations/plans.ts'
import type { Given } from './command.ts'
import { deploymentAt } from './deployment.ts'
import { defaultFolder, type Place } from './renewal-ports.ts'
import { Stop } from './stop.ts'
import type { Terminal } from './terminal.ts'

/**
 * Where a renewal by hand is journalled. It must be where the deployment journals, if there is one: two journals would know nothing of each other's
 * restarts. So a folder is taken only where the function certainly does not exist, or by the person's word.
 *
 * @throws Stop No
 */
export async function placeFor(given: Given, account: string, at: Terminal): Promise<Place> {
  const told = given.text('journal')
  if (told !== undefined && told !== 'deployment') return { kind: 'folder', folder: told }
  try {
    const seen = await (await deploymentAt(given, at)).look({ do: 'overview' }, overview)
    return { kind: 'deployment', journal: seen.places.journal }
  } catch (error) {
    if (error instanceof Stop && error.code === 'NotDeployed' && told === undefined)
      return { kind: 'folder', folder: defaultFolder(account, at.env) }
    if (!(error instanceof Fault) || told !== undefined) throw error
    const code = error.cloudCode ?? error.code
    throw new Stop(
      'No',
      `whether a deployment knows this instance cannot be told (${code}): allow fc:InvokeFunction on rds-tls-operate, or say --journal`,
    )
  }
}
