import type { Readable } from 'node:stream'

/**
 * Hands on what a process writes, line by line, and takes out the lines that are `mark`. Each call of the answer waits for one mark more,
 * and with it for all that was written before it. A line that was cut off by the mark or by the end of the process is handed on as it is.
 */
export function readOutput(output: Readable | null, mark: string, onLine: (text: string) => void): () => Promise<void> {
  let rest = ''
  let passed = 0
  let awaited = 0
  const waiting: (() => void)[] = []
  output?.setEncoding('utf8')
  output?.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (!line.endsWith(mark)) onLine(line)
      else {
        if (line !== mark) onLine(line.slice(0, -mark.length))
        passed++
        waiting.shift()?.()
      }
    }
  })
  output?.on('end', () => {
    if (rest !== '') onLine(rest)
  })
  return () => {
    awaited++
    return awaited <= passed ? Promise.resolve() : new Promise(resolve => waiting.push(resolve))
  }
}
