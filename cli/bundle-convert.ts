import { writeFile } from 'node:fs/promises'
import { canonical } from '../shared/formats/certificate.ts'
import { storePassword } from '../shared/formats/jks.ts'
import { formatOf, readBundle, writeBundle } from './certificates.ts'
import { type Command, dryRun, type Given, type Outcome } from './command.ts'
import { exit } from './exit.ts'
import { Stop } from './stop.ts'
import { some } from './times.ts'

export const convert: Command = {
  usage: 'bundle convert FILE NEW…',
  about: 'write a trust bundle in other formats; the endings of the new files say which',
  words: [2, 50],
  options: {
    ...dryRun,
    force: 'overwrite new files that are there already',
    'password=WORD': `of the jks and p12 files read and written; ${storePassword} unless told`,
  },
  more: [
    'Reads pem, p7b, jks, p12 and the vendor’s zip (whose three files must agree); writes .pem, .p7b, .jks and .p12.',
    'The same certificates give the same bytes, each certificate once.',
  ],
  run: runConvert,
}

async function runConvert(given: Given): Promise<Outcome> {
  const [file = '', ...news] = given.words
  const password = given.text('password') ?? storePassword
  const unknown = news.find(one => formatOf(one) === undefined || formatOf(one) === 'zip')
  if (unknown !== undefined) throw new Stop('Usage', `${unknown}: its ending must say a format to write: .pem, .p7b, .jks or .p12`)
  const { format, certificates } = await readBundle(file, password)
  const members = canonical(certificates)
  const dry = given.flag('dry-run')
  const written: { file: string; bytes: number }[] = []
  for (const one of news) {
    const bytes = writeBundle(one, members, password)
    if (!dry) await write(one, bytes, given.flag('force'))
    written.push({ file: one, bytes: bytes.length })
  }
  const lines = written.map(one =>
    `${one.file}: ${dry ? 'would be' : ''} ${some(members.length, 'certificate')}, ${one.bytes} bytes`.replace(/ {2,}/g, ' '),
  )
  return { exit: exit.fine, lines, json: { from: { file, format }, certificates: members.length, written, dryRun: dry } }
}

async function write(file: string, bytes: Buffer, force: boolean): Promise<void> {
  try {
    await writeFile(file, bytes, { flag: force ? 'w' : 'wx' })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    if (code === 'EEXIST') throw new Stop('BadFile', `${file} is there already: --force overwrites it`)
    throw new Stop('BadFile', `${file} cannot be written: ${code}`)
  }
}
