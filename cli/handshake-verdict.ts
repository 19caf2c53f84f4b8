import { unreachable } from '../shared/errors.ts'
import { readCertificate } from '../shared/formats/certificate.ts'
import { describeLeaf, type Handshake, type LeafDescription, type Target } from '../shared/handshake/handshake.ts'
import type { VersionReport } from '../shared/handshake/oldtls.ts'
import type { ChainVerdict, DistrustCode, Weakness } from '../shared/handshake/verify.ts'
import { plain } from '../shared/page/plain-text.ts'
import { type Exit, exit } from './exit.ts'
import type { Paint } from './paint.ts'
import { columns } from './table.ts'
import type { Terminal } from './terminal.ts'
import { moment, some, span } from './times.ts'

type Reached = Extract<Handshake, { reached: true }>

/** What was seen, as data. */
export type Facts = {
  endpoint: string
  engine: string
  address: string
  leaf: LeafDescription
  /** Subjects of what was served, leaf first. */
  chain: string[]
  protocol: string
  cipher: string
  bundle: { from: string; count: number } | undefined
  accepts: string[] | undefined
  acceptsKnown: boolean
}

export function factsOf(target: Target, seen: Reached, bundle: Facts['bundle'], versions: VersionReport | undefined): Facts {
  return {
    endpoint: `${target.host}:${target.port}`,
    engine: target.engine,
    address: `${seen.peer.ip}:${seen.peer.port}`,
    leaf: describeLeaf(seen.chain),
    chain: seen.chain.map(subjectOf),
    protocol: seen.protocol,
    cipher: seen.cipher,
    bundle,
    accepts: versions?.accepted,
    acceptsKnown: versions?.incomplete === null,
  }
}

function subjectOf(der: Uint8Array): string {
  try {
    return plain(readCertificate(der).subject, 120)
  } catch {
    return '(not a certificate)'
  }
}

export type Judged = {
  exit: Exit
  word: string
  /** What is wrong, and what to do about it. */
  about: readonly string[]
  colour: keyof Paint
  json: {
    verdict: 'fine' | 'expiring' | 'untrusted' | 'unjudged'
    days: number
    code?: string
    detail?: string
    weaknesses?: readonly Weakness[]
  }
}

/** `missing` says why there is no verdict where there is none. */
export function judge({ leaf }: Facts, verdict: ChainVerdict | undefined, missing: string, now: Date, warn: number): Judged {
  const left = Date.parse(leaf.notAfter) - now.getTime()
  const days = Math.floor(left / 86_400_000)
  const ends = left <= 0 ? `expired ${span(left)} ago` : `expires in ${span(left)}`
  if (verdict && !verdict.trusted) {
    const { code, detail } = verdict
    const word = code === 'Expired' && left <= 0 ? ends : `untrusted: ${code}; ${ends}`
    return {
      exit: exit.critical,
      word,
      about: [...(word === ends ? [] : [detail]), mends[code]],
      colour: 'bad',
      json: { verdict: 'untrusted', days, code, detail },
    }
  }
  if (left <= 0) {
    const json = { verdict: 'untrusted', days, code: 'Expired' } as const
    return { exit: exit.critical, word: ends, about: [mends.Expired], colour: 'bad', json }
  }
  if (!verdict) {
    const json = { verdict: 'unjudged', days } as const
    return { exit: exit.unknown, word: `reached, but not judged; ${ends}`, about: [missing], colour: 'warn', json }
  }
  const json = { days, weaknesses: verdict.weaknesses }
  if (left > warn) return { exit: exit.fine, word: `trusted, ${ends}`, about: [], colour: 'good', json: { verdict: 'fine', ...json } }
  return { exit: exit.warning, word: `trusted, ${ends}`, about: [], colour: 'warn', json: { verdict: 'expiring', ...json } }
}

const damaged = 'The certificate is not as its issuer made it: upload or renew it again.'
const unfit = 'The certificate was issued for something else: have one issued for a TLS server.'

/** One next thing to do for each reason not to trust. */
const mends: Readonly<Record<DistrustCode, string>> = {
  Expired: 'Clients that verify it fail now: renew it (rds-tls renew), or replace it where it was issued.',
  NotYetValid: 'It is not valid yet: check the clocks of this machine and of the issuer.',
  WeakKey: 'Current clients refuse its key: renew it to get a stronger one.',
  WeakSignature: 'Current clients refuse its signature: renew it to get a stronger one.',
  NotAnIssuer: unfit,
  NotForServers: unfit,
  PathTooLong: unfit,
  UnjudgedExtension: unfit,
  BadSignature: damaged,
  Malformed: damaged,
  SelfSigned: 'If it is your own, judge it with --ca and the file of your own authority; else find out who put it there.',
  UnknownRoot: 'If it is your own, judge it with --ca and the file of your own authority; else find out who put it there.',
  UnknownIssuer: 'If it is your own, judge it with --ca and the file of your own authority; else compare it with a newer bundle.',
  NameMismatch: 'Connect by a name that the certificate carries, or let it be issued for this one.',
}

export function linesOf(facts: Facts, judged: Judged, { paint, zone }: Terminal): string[] {
  const { leaf, bundle } = facts
  const versions = facts.accepts && `${facts.accepts.join(', ')}${facts.acceptsKnown ? '' : ' (and perhaps more: it stopped answering)'}`
  const rows = [
    ['certificate', `${commonName(leaf.subject)}, serial ${leaf.serial}`],
    ['for', leaf.names.length > 0 ? plain(leaf.names.join(', '), 200) : '(named in the subject alone)'],
    ['valid', `${moment(leaf.notBefore, zone)} to`],
    ['', moment(leaf.notAfter, zone)],
    ['SHA-256', leaf.fingerprint],
    ...facts.chain.slice(1).map((subject, n) => [n === 0 ? 'sent with it' : '', commonName(subject)]),
    ['TLS', `${facts.protocol}, ${facts.cipher}, ${facts.engine} at ${facts.address}`],
    ...(versions === undefined ? [] : [['accepts', versions]]),
    ['judged by', bundle ? `${bundle.from} (${some(bundle.count, 'certificate')})` : 'nothing'],
    ...(judged.json.weaknesses ?? []).map(weakness => ['weak', wordsOf(weakness)]),
  ]
  return [`${facts.endpoint}  ${paint[judged.colour](judged.word)}`, ...judged.about.map(line => `  ${line}`), '', ...columns(rows, '  ')]
}

/** The part of a subject that people know it by. */
const commonName = (subject: string): string => plain(/(?:^|, )CN=([^,]+)/.exec(subject)?.[1] ?? subject, 100)

function wordsOf(weakness: Weakness): string {
  switch (weakness) {
    case 'ShortKey':
      return 'a short key: Debian’s and Ubuntu’s OpenSSL refuse it'
    case 'NameOnlyInSubject':
      return 'the host is named in the subject alone: Java and Go refuse it'
    case 'WeakAuthority':
      return 'an authority of the bundle is signed with SHA-1: OpenSSL 3 refuses it; only Alibaba can mend that'
    default:
      return unreachable(weakness)
  }
}
