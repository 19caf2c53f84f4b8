/** Cells in columns as wide as their widest, two spaces apart. Colours take no room, and Chinese, Japanese and Korean characters take two. */
export function columns(rows: readonly (readonly string[])[], indent = ''): string[] {
  const widths: number[] = []
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, widthOf(cell))
  return rows.map(row => {
    const cells = row.map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - widthOf(cell)))
    return (indent + cells.join('  ')).trimEnd()
  })
}

export function widthOf(text: string): number {
  let width = 0
  for (const character of text.replace(sequence, '')) width += wide.test(character) ? 2 : 1
  return width
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with ESC
const sequence = /\u001b\[[\d;]*m/g
const wide = /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff01-\uff60]/u
