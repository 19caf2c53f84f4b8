import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { readManifest } from '../shared/adapters/manifest.ts'
import { storePassword } from '../shared/formats/jks.ts'
import { bundleNames, writeTrustBundle } from '../shared/formats/trust.ts'
import { diffBundles, reportTrust, type TrustReport } from '../shared/formats/trust-report.ts'
import { plain } from '../shared/page/plain-text.ts'
import { bytesOf, inOrder, readBundle } from './certificates.ts'
import type { Command, Given, Outcome } from './command.ts'
import { exit } from './exit.ts'
import type { Terminal } from './terminal.ts'
import { moment, some } from './times.ts'

export const verify: Command = {
  usage: 'bundle verify FILE…',
  about: 'whether bundle files are whole, hold the same certificates, and are what a manifest names',
  words: [1, 50],
  options: {
    'manifest=FILE': 'manifest.json as published: each file must have the SHA-256 that stands there',
    'warn-days=N': 'tell members that end within so many days; 30 unless told',
    'password=WORD': `of jks and p12 files; ${storePassword} unless told`,
  },
  more: [
    'Exit status: 0 fine, 1 a root ends soon or a certificate has no root in the bundle, 2 files differ from each other or from the manifest.',
    'Expired members are told and are no fault: the vendor’s own file has some.',
  ],
  run: runVerify,
}

async function runVerify(given: Given, at: Terminal): Promise<Outcome> {
  const password = given.text('password') ?? storePassword
  const files = await Promise.all(given.words.map(async file => ({ file, ...(await readBundle(file, password)) })))
  const [first] = files
  if (!first) return { exit: exit.fine, lines: [], json: {} }
  const differing = files.slice(1).flatMap(({ file, certificates }) => {
    const { added, removed } = diffBundles(first.certificates, certificates)
    return added.length + removed.length === 0 ? [] : [`${file} has ${added.length} that ${first.file} lacks, and lacks ${removed.length}`]
  })
  const manifest = given.text('manifest')
  const strangers = manifest === undefined ? [] : await unlike(manifest, given.words)
  const report = reportTrust(first.certificates, at.now(), given.number('warn-days', [0, 3650], 30))
  const rootsEnding = report.expiringWithin.certificates.filter(one => one.selfIssued)
  const wrong = [...differing, ...strangers]
  const status = wrong.length > 0 ? exit.critical : rootsEnding.length + report.unanchored.length > 0 ? exit.warning : exit.fine
  const { version } = writeTrustBundle(first.certificates)
  const lines = [
    ...files.map(({ file, format, certificates }) => `${file}: ${some(certificates.length, 'certificate')} (${format})`),
    ...wrong.map(at.paint.bad),
    ...reportLines(report, version, at),
  ]
  const json = {
    version,
    files: files.map(({ file, format, certificates }) => ({ file, format, certificates: certificates.length })),
    faults: wrong,
    roots: report.roots.map(one => one.fingerprint),
    expired: report.expired.map(one => one.fingerprint),
    expiring: report.expiringWithin.certificates.map(one => one.fingerprint),
    unanchored: report.unanchored.map(one => one.fingerprint),
  }
  return { exit: status, lines, json }
}

/** Files that are not, byte for byte, what the manifest names. */
async function unlike(manifestFile: string, files: readonly string[]): Promise<string[]> {
  const { files: digests } = readManifest(await bytesOf(manifestFile))
  const checked = files.map(async file => {
    const named = digests[basename(file)]
    if (named === undefined) return [`${manifestFile} names no ${basename(file)}: known are ${Object.keys(digests).join(', ')}`]
    const digest = createHash('sha256')
      .update(await bytesOf(file))
      .digest('hex')
    return digest === named ? [] : [`${file} is not the published ${basename(file)}: download both again`]
  })
  return (await Promise.all(checked)).flat()
}

function reportLines(report: TrustReport, version: string, { paint, zone }: Terminal): string[] {
  const list = (title: string, of: TrustReport['roots'], colour: (text: string) => string = text => text) =>
    of.length === 0
      ? []
      : [
          '',
          colour(title),
          ...inOrder(of).map(one => `  ${one.fingerprint}  until ${moment(one.notAfter, zone)}  ${plain(one.subject, 120)}`),
        ]
  const { days, certificates: ending } = report.expiringWithin
  return [
    '',
    `version ${version} (the SHA-256 of its ${bundleNames.pem})`,
    ...list(some(report.roots.length, 'root'), report.roots),
    ...list(`${report.expired.length} expired: no client needs them, and none is harmed`, report.expired, paint.soft),
    ...list(`${some(ending.length, 'member')} ${ending.length === 1 ? 'ends' : 'end'} within ${some(days, 'day')}`, ending, paint.warn),
    ...list(`${report.unanchored.length} without a root in the bundle: Java would trust each as a root`, report.unanchored, paint.warn),
  ]
}
