/** What the command line asks for. */
export type Arguments = { write: boolean; slow: boolean; only: string | undefined }

/** Reads `--write`, `--slow` and `--only WORD`; on anything else says how to call, and ends the process with 2. */
export function readArguments(command: string, given: readonly string[]): Arguments {
  const args: Arguments = { write: false, slow: false, only: undefined }
  const words = [...given]
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '--write') args.write = true
    else if (word === '--slow') args.slow = true
    else if (word === '--only' && words[0]) args.only = words.shift()
    else usage(command, word)
  }
  if (args.write && args.only !== undefined) usage(command, '--write with --only: only a whole run can be written down')
  return args
}

function usage(command: string, word: string): never {
  process.stderr.write(`${command} does not take ${word}

usage: npm run ${command} -- [--write] [--slow] [--only WORD]
  --write      writes what ran into docs/compatibility.md; without it a run that differs from that page fails
  --slow       also what takes minutes to build, or is not in any registry
  --only WORD  only clients whose name has WORD in it
`)
  process.exit(2)
}
