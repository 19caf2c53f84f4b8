import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { Stop } from './stop.ts'
import type { Terminal } from './terminal.ts'

/** Where the vendor publishes its CA archive. */
export const archiveUrl = 'https://apsaradb-public.oss-ap-southeast-1.aliyuncs.com/ApsaraDB-CA-Chain.zip'

type Environment = Terminal['env']

const localCloud = z.object({ env: z.record(z.string(), z.string()) })

/**
 * The environment of the embedded cloud, as `npm start` leaves it in .local/cloud.json while it runs. RDS_TLS_LOCAL names another such file.
 *
 * @throws Stop NoLocalCloud
 */
export async function localEnv(env: Environment): Promise<Environment> {
  const file = env.RDS_TLS_LOCAL || fileURLToPath(new URL('../.local/cloud.json', import.meta.url))
  try {
    return { ...env, ...localCloud.parse(JSON.parse(await readFile(file, 'utf8'))).env }
  } catch {
    throw new Stop('NoLocalCloud', 'no embedded cloud runs here: npm start brings one up, and leaves .local/cloud.json while it runs')
  }
}
