import type { SignedIdentity } from '../../shared/identity.ts'
import { purposeOf } from '../../shared/identity.ts'
import { deploymentOf, type Operation, type OperatorRequest } from '../../shared/operation.ts'
import type { Identities, LogNames, OperatorPorts } from '../../shared/ports.ts'
import { type FakeLetters, fakeLetters } from './letters.ts'
import type { FakeWorld } from './world.ts'

export type FakeOffice = FakeWorld & { letters: FakeLetters; logNames: LogNames; identities: FakeIdentities } & OperatorPorts

export type FakeIdentities = Identities & {
  readonly asked: readonly SignedIdentity[]
  /** What STS answers from now on. */
  say(answer: Awaited<ReturnType<Identities['whoSigned']>>): void
}

/** A world as `operate` sees it. */
export function fakeOffice(world: FakeWorld): FakeOffice {
  const logNames: LogNames = {
    bucket: 'rds-tls-journal',
    versioned: async () => false,
    under: async prefix => world.journal.logs().filter(log => log.startsWith(prefix)),
  }
  return Object.assign(world, { letters: fakeLetters(), logNames, identities: fakeIdentities(world.settings.account) })
}

function fakeIdentities(account: string): FakeIdentities {
  const asked: SignedIdentity[] = []
  let answer: Awaited<ReturnType<Identities['whoSigned']>> = { known: true, account, identity: 'user/li.wei' }
  return {
    host: 'sts.aliyuncs.com',
    asked,
    say: to => {
      answer = to
    },
    async whoSigned(signed) {
      asked.push(signed)
      return answer
    },
  }
}

let salts = 0

/** An operation with a proof whose signature nobody checks here. */
export function signed(operation: Operation, { clock, settings }: Pick<FakeOffice, 'clock' | 'settings'>): OperatorRequest {
  const date = `${clock.now().toISOString().slice(0, 19)}Z`
  const salt = String(salts++).padStart(32, '0')
  const nonce = purposeOf(deploymentOf(settings), operation, date, salt)
  return { operation, proof: { salt, signed: { accessKeyId: 'LTAI5tLiWei', date, nonce, signature: '0'.repeat(64) } } }
}
