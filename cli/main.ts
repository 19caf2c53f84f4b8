/** The command line: `rds-tls …`, or from a checkout `npx tsx cli/main.ts …`. */
import { exit } from './exit.ts'
import { run } from './run.ts'
import { terminalOf } from './terminal.ts'

const args = process.argv.slice(2)
process.once('SIGINT', () => process.exit(exit.interrupted))
// Whoever reads our output may stop reading: `rds-tls status | head`.
process.stdout.on('error', error => process.exit('code' in error && error.code === 'EPIPE' ? exit.fine : exit.defect))
const status = await run(args, terminalOf(process, args.includes('--no-color') ? false : undefined))
// An SDK's idle connection would keep the process for seconds; what was written must be out before it ends.
process.stdout.write('', () => process.exit(status))
