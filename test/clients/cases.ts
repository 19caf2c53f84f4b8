/** What every foreign client of a service must be seen doing against the embedded cloud; a client's program names each case once. */
export const cases = {
  RDS: [
    'lists by page number',
    'lists by token',
    'describes SSL of each engine',
    'updates validity and waits',
    'finds the update among the history tasks',
    'moves a scheduled task',
    'reads a refusal as its own error',
    'is refused with a wrong secret',
  ],
  MNS: [
    'creates a queue, again, and not with other attributes',
    'reads attributes and lists queues',
    'sends with a delay',
    'receives, and the receipt handle changes',
    'changes visibility',
    'deletes',
    'sends, receives and deletes a batch',
    'finds a message in the dead-letter queue',
    'polls long',
    'reads a refusal as its own error',
    'is refused with a wrong secret',
  ],
  OSS: [
    'puts and gets',
    'creates once, and not again',
    'is told that nothing changed (304)',
    'lists V2 page by page, with odd keys',
    'signs URLs that anyone may use',
    'copies',
    'deletes',
    'works as a role session',
    'reads a refusal as its own error',
    'is refused with a wrong secret',
  ],
  STS: ['asks who it is', 'assumes a role', 'reads a refusal as its own error', 'is refused with a wrong secret'],
  FC: [
    'invokes a function',
    'invokes asynchronously',
    'tells a failed function from a failed call',
    'reads a refusal as its own error',
    'is refused with a wrong secret',
  ],
} as const

export type Service = keyof typeof cases
export const services = Object.keys(cases) as Service[]

/** Keys that clients encode, sort or write into XML in different ways. */
export const oddKeys = [
  'a b.txt',
  'a+b.txt',
  'a%20b.txt',
  'a//b.txt',
  "paren(1)!*'.txt",
  'q?x=1&y=2#z.txt',
  '<xml> & "quotes".txt',
  'über/日本語 ключ.txt',
  'semi;colon,at@equals=~.txt',
] as const
