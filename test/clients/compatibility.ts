import { cases, services } from './cases.ts'
import type { ClientRow, OracleRow, Results } from './results.ts'

/** docs/compatibility.md, from what ran. */
export function render({ oracles, clients }: Results): string {
  return `<!-- Written by \`npm run oracles -- --write\` and \`npm run clients -- --write\`: not by hand. -->
# What was seen to work with what

Two kinds of clients that nobody here wrote. Alibaba's own clients of the cloud's services, in other languages than the product's, call the
embedded cloud: whatever they and it disagree about is settled and noted in docs/decisions/. And database drivers, with the trust files
that an application would pull, connect to the embedded instances. Both run in CI, where a client that is missing is a failure; a row
with a date is of one that not every run repeats (\`npm run oracles -- --slow\`), as it is built from a checkout of its repository.

They need Go 1.25, Python 3.11 with venv, a JDK 17 with Maven, and of Debian freetds-bin, mariadb-client, postgresql-client and
libnss-wrapper. What they fetch is pinned in test/clients/ and lies under .local/.

## Clients of the cloud's services
${services
  .map(service =>
    serviceSection(
      service,
      oracles.filter(row => row.service === service),
    ),
  )
  .join('\n')}
## Clients of instances

Each connects with the published bundle, before and after the update of the certificate's validity, and queries; then with a foreign
authority's file in the bundle's place, and then by another name that leads to the same endpoint. The last two columns are its own words;
**connects** says that it compares no name, so that any certificate of the same authorities is good enough for it.

${table(
  ['engine', 'client', 'version', 'file', 'setting', 'foreign authority', 'other host name'],
  clients.map(row => [
    row.engine,
    `${row.client} (${row.language})`,
    versionOf(row),
    row.file,
    code(row.setting),
    row.foreign,
    row.otherName ?? '**connects**',
  ]),
)}
`
}

function serviceSection(service: keyof typeof cases, rows: readonly OracleRow[]): string {
  const clients = table(
    ['client', 'language', 'version', 'signature', 'cases'],
    rows.map(row => [row.client, row.language, versionOf(row), row.signs ?? '–', `${row.passed.length} of ${cases[service].length}`]),
  )
  const lacking = rows.flatMap(({ client, lacks }) => Object.entries(lacks).map(([name, why]) => `- ${client}, *${name}*: ${why}.`))
  const missing = lacking.length === 0 ? '' : `\nWhat a client has no call for:\n\n${lacking.join('\n')}\n`
  return `\n### ${service}\n\nCases: ${cases[service].join('; ')}.\n\n${clients}\n${missing}`
}

function versionOf({ version, ran }: OracleRow | ClientRow): string {
  return ran === undefined ? version : `${version} (${ran.date}, ${ran.commit})`
}

const code = (text: string) => (text === '' ? '' : `\`${text}\``)

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (words: readonly string[]) => `| ${words.map(word => word.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
