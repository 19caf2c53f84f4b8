/** What a check came to. `paste` is ready to be pasted: statements, lines, commands. */
export type Finding = {
  check: string
  level: 'fine' | 'note' | 'warning' | 'bad' | 'unseen'
  /** A name for the fault; absent where all is well. */
  code?: string
  sentence: string
  paste?: readonly string[]
}

export const fine = (check: string, sentence: string): Finding => ({ check, level: 'fine', sentence })
export const bad = (check: string, code: string, sentence: string, paste: readonly string[] = []): Finding => ({
  check,
  level: 'bad',
  code,
  sentence,
  paste,
})
export const warning = (check: string, code: string, sentence: string, paste: readonly string[] = []): Finding => ({
  ...bad(check, code, sentence, paste),
  level: 'warning',
})
export const unseen = (check: string, code: string, sentence: string, paste: readonly string[] = []): Finding => ({
  ...bad(check, code, sentence, paste),
  level: 'unseen',
})
export const note = (check: string, code: string, sentence: string, paste: readonly string[] = []): Finding => ({
  ...bad(check, code, sentence, paste),
  level: 'note',
})

/** A RAM policy that allows these actions, as the console takes it. */
export function statement(actions: readonly string[], resources: readonly string[]): string[] {
  const policy = { Version: '1', Statement: [{ Effect: 'Allow', Action: [...actions].sort(), Resource: [...resources] }] }
  return JSON.stringify(policy, null, 2).split('\n')
}
