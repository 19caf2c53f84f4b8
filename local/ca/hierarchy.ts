import { type Certificate, readCertificate } from '../../shared/formats/certificate.ts'
import { ecKeys, type KeyPair, type Signer, signIntermediate, signRootZero, type Validity } from './certificate.ts'

/** One certificate of the published file. */
export type Member = Certificate & ({ role: 'root' } | { role: 'intermediate'; region: string })

type Held = { member: Member; signer: Signer }

export const company = 'C=CN, ST=ZheJiang, L=HangZhou, O=Alibaba, OU=Aliyun'

/** ApsaraDB's authorities, every one that ever was: what is no longer published may go on signing. */
export class Hierarchy {
  readonly #held: Held[] = []
  readonly #removed = new Set<string>()
  #serial = 0

  /** What the bundle holds, in its order: each root, then what was signed after it. */
  get members(): readonly Member[] {
    return this.#held.map(one => one.member).filter(member => !this.#removed.has(member.fingerprint))
  }

  /** Every root has the same subject and the serial 00. */
  async addRoot(keys: KeyPair, validity: Validity): Promise<Member> {
    const signer = await signRootZero(`${company}, CN=ApsaraDB Root CA`, keys, validity)
    return this.#hold(signer, { ...read(signer), role: 'root' })
  }

  /** Under the newest root; signs for its region from now on. */
  async addIntermediate(region: string, validity: Validity): Promise<Member> {
    const root = this.#held.findLast(one => one.member.role === 'root')
    if (root === undefined) throw new Error('an intermediate needs a root before it')
    this.#serial += 1
    const serial = this.#serial.toString(16).padStart(4, '0')
    const signer = await signIntermediate(`${company}, CN=ApsaraDB ${region} region CA`, serial, root.signer, await ecKeys(), validity)
    return this.#hold(signer, { ...read(signer), role: 'intermediate', region })
  }

  /** Publishes it no longer. */
  remove(fingerprint: string): Member | undefined {
    const member = this.members.find(one => one.fingerprint === fingerprint)
    if (member) this.#removed.add(fingerprint)
    return member
  }

  /** The newest intermediate of a region, published or not. */
  signerFor(region: string): Signer | undefined {
    return this.#held.findLast(({ member }) => member.role === 'intermediate' && member.region === region)?.signer
  }

  #hold(signer: Signer, member: Member): Member {
    this.#held.push({ signer, member })
    return member
  }
}

export function read(signer: Signer): Certificate {
  return readCertificate(new Uint8Array(signer.certificate.rawData))
}
