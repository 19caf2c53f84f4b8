import { minute } from './domain/duration.ts'
import { purposeOf } from './identity.ts'
import { deploymentOf, type NoReason, type Operation, type ProofOfIdentity } from './operation.ts'
import type { OperatorPorts } from './ports.ts'

export type Recognised = { known: true; identity: string } | { known: false; reason: NoReason; sentence: string }

type Needs = Pick<OperatorPorts, 'clock' | 'attempt' | 'journal' | 'identities' | 'settings'>

/** How far from now the signer's clock may be. STS itself takes 15 minutes. */
export const proofHolds = 5 * minute

/**
 * Who asks for this operation? The signed request must be fresh, be made for exactly this operation and deployment, be nobody's who used it before
 * (STS and the journal both see to that), and belong to an identity of this account.
 */
export async function recognise(asked: Operation, proof: ProofOfIdentity | undefined, ports: Needs): Promise<Recognised> {
  const { settings, clock, identities, journal, attempt } = ports
  if (proof === undefined) return no('NoProof', 'it takes a proof of who asks: use rds-tls, of the same release as the deployment')
  const { signed, salt } = proof
  const now = clock.now()
  if (Math.abs(now.getTime() - Date.parse(signed.date)) > proofHolds)
    return no('ProofTooOld', `the request was signed at ${signed.date}, and here it is ${now.toISOString()}: set the clock of your machine`)
  if (signed.nonce !== purposeOf(deploymentOf(settings), asked, signed.date, salt))
    return no(
      'ProofOfSomethingElse',
      'the request was signed for another command or another deployment: check --region, and that both are of one release',
    )
  // Create-once: a request that somebody kept proves nothing a second time, whatever STS remembers.
  const entry = { n: 1, attempt, at: now.toISOString(), fact: { fact: 'Used' } }
  if ((await journal.append(`proofs/${signed.nonce}`, entry)) === 'taken')
    return no('ProofUsed', 'this proof of identity was used before: sign in again')
  const who = await identities.whoSigned(signed)
  if (!who.known) return no('NotRecognised', `STS does not recognise the signature (${who.code}): check the access key and your clock`)
  if (who.account !== settings.account)
    return no('OtherAccount', `you are known in account ${who.account}, and this deployment is of ${settings.account}`)
  return { known: true, identity: who.identity }
}

const no = (reason: NoReason, sentence: string): Recognised => ({ known: false, reason, sentence })
