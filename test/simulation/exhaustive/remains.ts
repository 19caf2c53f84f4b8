import { bundleBucket, hintBucket, journalBucket, type World } from '../world/world.ts'

/**
 * What a life leaves behind: every object, every card, and what the service did, less the moments and the names of attempts. Two lives that
 * leave the same have done the same, some milliseconds apart. `told`: how an object's text is told.
 */
export function remainsOf(world: World, told: (text: string) => string = timeless): string {
  const objects = [journalBucket, hintBucket, bundleBucket].flatMap(bucket => {
    const listed = world.oss.list(bucket, { prefix: '', maxKeys: 1000 })
    return listed.ok ? listed.value.objects.map(({ key, bytes }) => `${bucket}/${key} ${told(Buffer.from(bytes).toString())}`) : []
  })
  const cards = world.chat.cards().map(one => `${one.channel} ${one.id}`)
  const { restarts, modifications } = world.rds.inspect()
  const service = world.rds.instances().map(({ id, status, effectiveUpdates }) => `${id} ${status} ${effectiveUpdates}`)
  return [...objects, ...cards.sort(), ...service, `${restarts.length} restarts, ${modifications.length} changes`].join('\n')
}

const timeless = (text: string): string =>
  text
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'then')
    .replace(/\b\d+-(?=(answer|check|notify|operate|prove|publish|request|update)\b)/g, '')
