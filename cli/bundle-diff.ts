import type { Certificate } from '../shared/formats/certificate.ts'
import { storePassword } from '../shared/formats/jks.ts'
import { diffBundles } from '../shared/formats/trust-report.ts'
import { plain } from '../shared/page/plain-text.ts'
import { inOrder, readBundle } from './certificates.ts'
import type { Command, Given, Outcome } from './command.ts'
import { exit } from './exit.ts'
import type { Terminal } from './terminal.ts'
import { moment, some } from './times.ts'

export const diff: Command = {
  usage: 'bundle diff OLD NEW',
  about: 'what changed between two trust bundles, by SHA-256 fingerprint alone; their formats may differ',
  words: [2, 2],
  options: { 'password=WORD': `of jks and p12 files; ${storePassword} unless told` },
  more: ['Exit status: 0 the same certificates, 1 they differ, 2 a root came or went: compare its fingerprint with the vendor’s word.'],
  run: runDiff,
}

async function runDiff(given: Given, at: Terminal): Promise<Outcome> {
  const password = given.text('password') ?? storePassword
  const [before, after] = await Promise.all([readBundle(given.word(0), password), readBundle(given.word(1), password)])
  const { added, removed, rootsAdded, rootsRemoved } = diffBundles(before.certificates, after.certificates)
  const roots = rootsAdded.length + rootsRemoved.length
  const { paint } = at
  const lines = [
    added.length + removed.length === 0
      ? paint.good(`the same ${some(after.certificates.length, 'certificate')}`)
      : `${some(added.length, 'certificate')} came, ${removed.length} went${roots > 0 ? paint.bad(`, ${some(roots, 'root')} among them`) : ''}`,
    ...inOrder(removed).flatMap(one => memberLines(paint.bad('-'), one, at)),
    ...inOrder(added).flatMap(one => memberLines(paint.good('+'), one, at)),
  ]
  const json = {
    added: added.map(told),
    removed: removed.map(told),
    rootsAdded: rootsAdded.map(one => one.fingerprint),
    rootsRemoved: rootsRemoved.map(one => one.fingerprint),
  }
  return { exit: roots > 0 ? exit.critical : added.length + removed.length > 0 ? exit.warning : exit.fine, lines, json }
}

type Member = Pick<Certificate, 'subject' | 'fingerprint' | 'notAfter' | 'selfIssued'>

/** A certificate that came or went, for people. */
export function memberLines(sign: string, one: Member, { paint, zone }: Terminal): string[] {
  const root = one.selfIssued ? ` ${paint.strong('root')}` : ''
  return [`${sign}${root} ${plain(one.subject, 120)}`, `    SHA-256 ${one.fingerprint}`, `    valid until ${moment(one.notAfter, zone)}`]
}

const told = ({ fingerprint, subject, serial, notBefore, notAfter, selfIssued }: Certificate) => ({
  fingerprint,
  subject,
  serial,
  notBefore,
  notAfter,
  root: selfIssued,
})
