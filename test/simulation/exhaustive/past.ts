import type { ChatCard } from '../../../local/model/chat.ts'
import { hintsOf } from '../world/ports.ts'
import type { Watcher } from '../world/watcher.ts'
import { bundleBucket, hintBucket, journalBucket } from '../world/world.ts'
import { Fate } from './fate.ts'
import { enact, type Scenario, type Stage } from './life.ts'

/** What was there at a moment: every object, and everything that the oracles and the person had heard by then. */
export type Past = {
  objects: readonly { bucket: string; key: string; bytes: Uint8Array }[]
  cards: readonly ChatCard[]
  heard: readonly { at: number; tell: (watcher: Watcher) => void }[]
  yes: readonly { plan: string; renewals: readonly string[]; at: number }[]
}

/** Lives until `at`, a moment at which no step runs and no message waits but delayed ones. */
export async function liveUntil(scenario: Scenario, at: number): Promise<Past> {
  const stage = enact(scenario, new Fate(scenario), new Set())
  const { world } = stage
  const heard: { at: number; tell: (watcher: Watcher) => void }[] = []
  world.watcher = new Proxy<Watcher>(world.watcher, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver)
      if (typeof value !== 'function') return value
      return (...given: unknown[]) => {
        const tell = (watcher: Watcher) => void (Reflect.get(watcher, name) as (...of: unknown[]) => void).apply(watcher, given)
        heard.push({ at: world.time.now, tell })
        return value.apply(target, given)
      }
    },
  })
  await world.time.run(at)
  const objects = [journalBucket, hintBucket, bundleBucket].flatMap(bucket => {
    const listed = world.oss.list(bucket, { prefix: '', maxKeys: 1000 })
    return listed.ok ? listed.value.objects.map(({ key, bytes }) => ({ bucket, key, bytes })) : []
  })
  return { objects, cards: world.chat.cards(), heard, yes: stage.person.approved }
}

/** The same in a world of its own, at a later moment. Nothing has happened between, and the service has changed nothing by then. */
export function resume(scenario: Scenario, { objects, cards, heard, yes }: Past, at: number): Stage {
  const stage = enact(scenario, new Fate(scenario), new Set(), at)
  const { world, watch, person } = stage
  for (const { bucket, key, bytes } of objects) world.oss.put(bucket, key, { bytes }, at)
  for (const { channel, receivedAt, id, ...content } of cards) world.chat.show(channel, content, receivedAt, id)
  const { onCard } = watch
  watch.onCard = card => person.known.add(card.id)
  for (const { at, tell } of heard) {
    world.time.now = at
    tell(watch)
  }
  watch.onCard = onCard
  for (const { plan, renewals, at } of yes) {
    world.time.now = at
    person.approves(plan, renewals)
    watch.truth.taken(plan, renewals, 'approve')
  }
  world.time.now = at
  for (const { look } of hintsOf(world)) world.onHint(Date.parse(look))
  return stage
}
