import { randomBytes } from 'node:crypto'
import type { Principal, Principals } from '../principals.ts'
import type { SessionPrincipal } from '../rds/acs3.ts'

/** Everybody that `base` knows, and the role sessions minted here: give this to every server instead of `base`. */
export class RoleSessions implements Principals {
  readonly #base: Principals
  readonly #random: (bytes: number) => Uint8Array
  readonly #minted = new Map<string, SessionPrincipal>()

  constructor(base: Principals, random: (bytes: number) => Uint8Array = randomBytes) {
    this.#base = base
    this.#random = random
  }

  /** Every session so far. */
  minted(): readonly Principal[] {
    return [...this.#minted.values()]
  }

  find(accessKeyId: string): Principal | undefined {
    return this.#minted.get(accessKeyId) ?? this.#base.find(accessKeyId)
  }

  /** A session of `role`, named `role/session`, until `expiresAt` (ms); an ended one is still found, so that servers can say why it fails. */
  mint(accountId: string, role: string, session: string, expiresAt: number): SessionPrincipal {
    const word = (bytes: number) => Buffer.from(this.#random(bytes)).toString('base64url')
    const principal: SessionPrincipal = {
      name: `${role}/${session}`,
      accountId,
      accessKeyId: `STS.${word(18)}`,
      accessKeySecret: word(33),
      securityToken: `CAIS${word(96)}`,
      expiresAt,
    }
    this.#minted.set(principal.accessKeyId, principal)
    return principal
  }
}
