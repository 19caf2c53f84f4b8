import { randomBytes } from 'node:crypto'
import { connecting } from '../shared/adapters/connect/connecting.ts'
import { identities } from '../shared/adapters/connect/identities.ts'
import { Fault } from '../shared/errors.ts'
import { purposeOf, signIdentity } from '../shared/identity.ts'
import type { Access } from './access.ts'

const connect = connecting({ identities })
const unknownAccount = '0'

/** Who the keys belong to, asked of STS: needs no permission. @throws Fault Refused with STS's own code */
export async function whoAmI({ credentials, env }: Access, now: Date): Promise<{ account: string; identity: string }> {
  const ports = await connect(['identities'], 'rds-tls', { ...env, FC_ACCOUNT_ID: unknownAccount })
  const nonce = purposeOf('', 'who am I', now.toISOString(), randomBytes(16).toString('hex'))
  const who = await ports.identities.whoSigned(signIdentity(credentials, ports.identities.host, nonce, now))
  if (who.known) return who
  throw new Fault('Refused', `GetCallerIdentity: ${who.code}: ${mends[who.code] ?? 'check the access key'}`, { cloudCode: who.code })
}

const mends: Readonly<Record<string, string>> = {
  'InvalidAccessKeyId.NotFound': 'there is no such access key: it was deleted, or belongs to another site of Alibaba Cloud',
  SignatureDoesNotMatch: 'the secret does not belong to the access key',
  'InvalidTimeStamp.Expired': 'this machine’s clock is more than 15 minutes off: set it',
  'InvalidSecurityToken.Expired': 'the temporary credentials have ended: log in again',
}

/** The account's number: told by the environment, else asked. */
export async function accountOf(access: Access, now: Date): Promise<string> {
  const told = access.env.FC_ACCOUNT_ID
  return told && /^\d+$/.test(told) ? told : (await whoAmI(access, now)).account
}
