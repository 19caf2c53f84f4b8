import { randomBytes } from 'node:crypto'
import { functionsAt } from '../shared/adapters/functions.ts'
import { readConfig } from '../shared/config.ts'
import { Fault, faultsOf } from '../shared/errors.ts'
import { purposeOf, signIdentity } from '../shared/identity.ts'
import {
  type Act,
  deploymentOf,
  type Look,
  type NoReason,
  type OperatorReply,
  type OperatorRequest,
  operatorReply,
} from '../shared/operation.ts'
import type * as z from '../shared/schema.ts'
import { type Access, accessOf } from './access.ts'
import type { Given } from './command.ts'
import { accountOf } from './identity.ts'
import { Stop, type StopCode } from './stop.ts'
import type { Terminal } from './terminal.ts'
import { localised } from './times.ts'

/** A deployment, as far as a person's keys reach: through the one function that serves people's commands. */
export type Deployment = {
  access: Access
  account: string
  look<T>(operation: Look, result: z.ZodMiniType<T>): Promise<T>
  /** `by`: who the deployment took us for. */
  act<T>(operation: Act, result: z.ZodMiniType<T>): Promise<{ by: string; result: T }>
}

const functionName = 'rds-tls-operate'
/** A plan of a whole fleet has some MB. */
const answerLimit = 16_000_000

/** @throws Stop NoCredentials, NotDeployed */
export async function deploymentAt(given: Given, at: Terminal): Promise<Deployment> {
  const access = await accessOf(given, at)
  const account = await accountOf(access, at.now())
  const env = { ...access.env, FC_ACCOUNT_ID: account }
  const config = readConfig(env, ['probes', 'identities'])
  const invoke = await functionsAt(config.probes, access.credentials, answerLimit)

  async function ask<T>(request: OperatorRequest, result: z.ZodMiniType<T>): Promise<{ by: string; result: T }> {
    at.progress('asking the deployment …')
    const reply = await answer(invoke, request, access, account)
    if (!reply.ok) throw new Stop(stops[reply.reason], localised(reply.sentence, at.zone))
    const read = result.safeParse(reply.result)
    if (!read.success) throw new Fault('BadReply', `${functionName}: ${faultsOf(read.error)}: use the rds-tls of the deployment's release`)
    return { by: reply.by ?? '', result: read.data }
  }

  return {
    access,
    account,
    look: async (operation, result) => (await ask({ operation }, result)).result,
    act(operation, result) {
      const now = at.now()
      const salt = randomBytes(16).toString('hex')
      const date = `${now.toISOString().slice(0, 19)}Z`
      const nonce = purposeOf(deploymentOf({ account, region: access.region }), operation, date, salt)
      return ask({ operation, proof: { signed: signIdentity(access.credentials, config.identities.endpoint, nonce, now), salt } }, result)
    },
  }
}

async function answer(
  invoke: Awaited<ReturnType<typeof functionsAt>>,
  request: OperatorRequest,
  { region }: Access,
  account: string,
): Promise<OperatorReply> {
  let reply: unknown
  try {
    reply = await invoke(functionName, request, 65_000)
  } catch (error) {
    if (!(error instanceof Fault) || error.cloudCode !== 'FunctionNotFound') throw error
    const where = `no ${functionName} in ${region} of account ${account}`
    throw new Stop(
      'NotDeployed',
      `${where}: --region names another region, npm run deploy deploys; status, renew, handshake and bundle need none`,
    )
  }
  const read = operatorReply.safeParse(reply)
  if (!read.success) throw new Fault('BadReply', `${functionName}: ${faultsOf(read.error)}: use the rds-tls of the deployment's release`)
  return read.data
}

/** How a command ends by each reason of the deployment's. */
const stops: Readonly<Record<NoReason, StopCode>> = {
  BadRequest: 'Trouble',
  NoProof: 'NotRecognised',
  ProofTooOld: 'NotRecognised',
  ProofOfSomethingElse: 'NotRecognised',
  ProofUsed: 'NotRecognised',
  NotRecognised: 'NotRecognised',
  OtherAccount: 'NotRecognised',
  NoSuchPlan: 'No',
  NoSuchRenewal: 'No',
  Answered: 'No',
  Lapsed: 'No',
  UnknownItem: 'No',
  BadPolicy: 'BadFile',
  PolicyMoved: 'No',
  ActUnconfirmed: 'Declined',
  Same: 'No',
  Halted: 'No',
  NotHalted: 'No',
  UnderWay: 'No',
  Done: 'No',
  NotStuck: 'No',
  Rejected: 'No',
  NoSuchLetter: 'No',
  NoSuchBundle: 'No',
  HarmUnnamed: 'No',
  Failed: 'Trouble',
}
