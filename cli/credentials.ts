import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { defaultOf } from '../shared/adapters/interop.ts'
import type { Credentials } from '../shared/config.ts'
import * as z from '../shared/schema.ts'
import { Stop } from './stop.ts'

export type Found = { credentials: Credentials; from: string; region?: string }

const keys = z.object({
  accessKeyId: z.string().check(z.minLength(1)),
  accessKeySecret: z.string().check(z.minLength(1)),
  securityToken: z.pipe(
    z.nullish(z.string()),
    z.transform(token => token || undefined),
  ),
})
const aliasKeys = z.object({
  AccessKeyID: z.string().check(z.minLength(1)),
  AccessKeySecret: z.string().check(z.minLength(1)),
  SecurityToken: z.optional(z.string()),
})

const places = 'set ALIBABA_CLOUD_ACCESS_KEY_ID and _SECRET, or use --profile (aliyun configure), --access (s config add) or --local'

/** By `require`: as an ES module this one file of 2.5 MB has no exports under every loader. */
const serverlessDevs = () => createRequire(import.meta.url)('@serverless-devs/core') as typeof import('@serverless-devs/core').default

/** The keys that `s config add` stored under an alias: one login for `s` and `rds-tls`. */
export async function fromAlias(alias: string): Promise<Found> {
  const core = existsSync(join(homedir(), '.s', 'access.yaml')) ? serverlessDevs() : undefined
  const known = (await core?.getCredentialAliasList()) ?? []
  // For an alias that is not there it would ask at the terminal.
  if (core === undefined || !known.includes(alias))
    throw new Stop(
      'NoCredentials',
      `--access ${alias}: Serverless Devs has no such alias (known: ${known.join(', ') || 'none'}): s config add makes one`,
    )
  const read = aliasKeys.safeParse(await core.getCredential(alias))
  if (!read.success)
    throw new Stop('NoCredentials', `--access ${alias}: the alias holds no AccessKeyID and AccessKeySecret: s config add mends it`)
  const { AccessKeyID: accessKeyId, AccessKeySecret: accessKeySecret, SecurityToken } = read.data
  const credentials = { accessKeyId, accessKeySecret, securityToken: SecurityToken || undefined }
  return { credentials, from: `the access alias ${alias} of Serverless Devs` }
}

/** The keys of a profile of the aliyun CLI, in whatever way that profile gets them. */
export async function fromProfile(name: string): Promise<Found> {
  const from = `the profile ${name} of the aliyun CLI`
  try {
    const module = await import('@alicloud/credentials/dist/src/providers/cli_profile.js')
    const provider = defaultOf(module).builder().withProfileName(name).build()
    const configuration = await module.getConfiguration(join(homedir(), '.aliyun', 'config.json'))
    const region = configuration.profiles.find(one => one.name === name)?.region_id
    return { credentials: keys.parse(await provider.getCredentials()), from, ...(region ? { region } : {}) }
  } catch {
    // Its message may hold an answer with keys in it.
    throw new Stop('NoCredentials', `${from} gives no keys: aliyun configure list shows the profiles`)
  }
}

/** Alibaba Cloud's own chain: OIDC, ~/.aliyun/config.json, ~/.alibabacloud/credentials, the role of the ECS instance, a URI. */
export async function fromChain(): Promise<Found> {
  try {
    const module = await import('@alicloud/credentials/dist/src/providers/default.js')
    return { credentials: keys.parse(await defaultOf(module).builder().build().getCredentials()), from: 'Alibaba Cloud’s credential chain' }
  } catch {
    throw new Stop('NoCredentials', `no keys were found: ${places}`)
  }
}
