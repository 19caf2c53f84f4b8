import type { Modification } from '../../../local/model/rds.ts'
import type { AnyEvent } from '../../../shared/events.ts'
import type { Card, Entry, Manifest, ProofFile, Served } from '../../../shared/ports.ts'
import type { Process } from './process.ts'

/** One ModifyDBInstanceSSL that reached the service, and what came of it. `modification` where it was accepted. */
export type Called = {
  process: Process
  params: Readonly<Record<string, string>>
  status: number
  code: string | undefined
  modification: Modification | undefined
  at: number
}

/** Whoever watches the world: told of everything at the moment at which it happens. */
export type Watcher = {
  called(call: Called): void
  /** The answer to the process's last call has reached it. */
  heard(process: Process): void
  /** A reply that holds a private key went to a process. */
  keySeen(): void
  hinted(process: Process, what: 'remind' | 'forget', look: string, id: string): void
  appended(process: Process, log: string, entry: Entry): void
  sent(process: Process, event: AnyEvent): void
  buried(process: Process, text: string): void
  posted(process: Process, channel: string, card: Card): void
  shaken(process: Process, host: string, served: Served): void
  fetched(process: Process, version: string): void
  published(process: Process, manifest: Manifest, certificates: readonly string[], before: Manifest | undefined): void
  checked(process: Process, manifest: Manifest): void
  proved(process: Process, proof: ProofFile): void
  /** The one line of a delivery. */
  said(process: Process, line: Readonly<Record<string, unknown>>): void
  ended(process: Process, end: 'returned' | 'failed' | 'killed'): void
}
