import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Credentials } from '../shared/config.ts'
import * as z from '../shared/schema.ts'
import type { Given } from './command.ts'
import { fromAlias, fromChain, fromProfile } from './credentials.ts'
import { Stop } from './stop.ts'
import type { Terminal } from './terminal.ts'

/** Where the vendor publishes its CA archive. */
export const archiveUrl = 'https://apsaradb-public.oss-ap-southeast-1.aliyuncs.com/ApsaraDB-CA-Chain.zip'

export type Environment = Terminal['env']

/** Whose account a command looks at: the keys, where they came from, and what config.ts reads of the environment beside them. */
export type Access = { credentials: Credentials; from: string; region: string; env: Environment; local: boolean }

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

/**
 * Finds keys where they are said to be: the embedded cloud, an alias of Serverless Devs, a profile of the aliyun CLI; else the environment, then
 * Alibaba Cloud's own chain of places.
 *
 * @throws Stop NoCredentials, NoLocalCloud
 */
export async function accessOf(given: Given, { env }: Pick<Terminal, 'env'>): Promise<Access> {
  const told = ['local', 'access', 'profile'].filter(name => given.flag(name) || given.text(name) !== undefined)
  if (told.length > 1) throw new Stop('Usage', `--${told.join(' and --')}: choose one`)
  const at = given.flag('local') ? await localEnv(env) : env
  const [alias, profile] = [given.text('access'), given.text('profile')]
  const found =
    alias !== undefined ? await fromAlias(alias) : profile !== undefined ? await fromProfile(profile) : (fromEnv(at) ?? (await fromChain()))
  if (given.flag('local')) found.from = 'the embedded cloud'
  const region = given.text('region') ?? (at.ALIBABA_CLOUD_REGION_ID || at.FC_REGION || found.region || 'cn-hangzhou')
  const { accessKeyId, accessKeySecret, securityToken } = found.credentials
  return {
    ...found,
    region,
    local: given.flag('local'),
    env: {
      ...at,
      FC_REGION: region,
      ALIBABA_CLOUD_ACCESS_KEY_ID: accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: accessKeySecret,
      ALIBABA_CLOUD_SECURITY_TOKEN: securityToken,
    },
  }
}

function fromEnv(env: Environment): { credentials: Credentials; from: string; region?: string } | undefined {
  const { ALIBABA_CLOUD_ACCESS_KEY_ID: accessKeyId, ALIBABA_CLOUD_ACCESS_KEY_SECRET: accessKeySecret } = env
  if (!accessKeyId || !accessKeySecret) return undefined
  const securityToken = env.ALIBABA_CLOUD_SECURITY_TOKEN || undefined
  return { credentials: { accessKeyId, accessKeySecret, securityToken }, from: 'the environment' }
}
