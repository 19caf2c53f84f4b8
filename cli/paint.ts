/** Colours by what they mean. Without a terminal they are the text itself. */
export type Paint = Record<'good' | 'warn' | 'bad' | 'soft' | 'strong', (text: string) => string>

const codes = { good: [32, 39], warn: [33, 39], bad: [31, 39], soft: [2, 22], strong: [1, 22] } as const

export function paintOf(colours: boolean): Paint {
  const paint = (name: keyof typeof codes) => (text: string) => {
    const [on, off] = codes[name]
    return colours && text !== '' ? `\u001b[${on}m${text}\u001b[${off}m` : text
  }
  return { good: paint('good'), warn: paint('warn'), bad: paint('bad'), soft: paint('soft'), strong: paint('strong') }
}
