/** What a message shows. `text` is Markdown; `url` is http or https. */
export type CardContent = { title: string; text: string; buttons: readonly { label: string; url: string }[]; urgent: boolean }

/** A message as people see it. `channel` is a robot's or a webhook's name; `receivedAt` is ms; `deliveries` counts how often it came. */
export type ChatCard = CardContent & { id: string; channel: string; receivedAt: number; deliveries: number }

/** A message that was not shown, and why. Names no secret. */
export type ChatRefusal = { channel: string; reason: string; at: number }

export type ChatModel = ReturnType<typeof chatModel>

const perMinute = 20
const silence = 10 * 60_000

/** An inbox: cards, newest first, and the limit of a robot: 20 messages in 60 s, then nothing for 10 minutes. `now` is ms and told. */
export function chatModel() {
  const cards: ChatCard[] = []
  const byId = new Map<string, ChatCard>()
  const refusals: ChatRefusal[] = []
  const robots = new Map<string, { recent: number[]; silentUntil: number }>()
  let counter = 0

  /** Shows a card; one that comes again under the same `id` is only counted, and stays as it first was. Without an id every card is new. */
  function show(channel: string, content: CardContent, now: number, id = `${channel}-${++counter}`): ChatCard {
    const known = byId.get(`${channel}\n${id}`)
    if (known !== undefined) {
      known.deliveries++
      return known
    }
    const card = { ...content, id, channel, receivedAt: now, deliveries: 1 }
    cards.unshift(card)
    byId.set(`${channel}\n${id}`, card)
    return card
  }

  /** Whether the robot may send one more message now, which is thereby counted. */
  function admit(robot: string, now: number): boolean {
    const limit = robots.get(robot) ?? { recent: [], silentUntil: 0 }
    robots.set(robot, limit)
    if (now < limit.silentUntil) return false
    limit.recent = limit.recent.filter(at => at > now - 60_000)
    if (limit.recent.length >= perMinute) {
      limit.silentUntil = now + silence
      return false
    }
    limit.recent.push(now)
    return true
  }

  function refuse(channel: string, reason: string, now: number): void {
    refusals.unshift({ channel, reason, at: now })
  }

  return { show, admit, refuse, cards: (): readonly ChatCard[] => cards, refusals: (): readonly ChatRefusal[] => refusals }
}
