import { day, type Instance } from '../../local/model/rds.ts'
import type { Dice } from './dice.ts'
import { drawWindow } from './draw-fleet.ts'
import { drawFreeze } from './draw-service.ts'
import type { Act, Meanwhile, PolicyChange } from './scenario.ts'
import type { AuthorityName } from './world/certificates.ts'

const minute = 60_000
const hour = 60 * minute

export function drawActs(
  dice: Dice,
  { now, days, instances }: { now: number; days: number; instances: readonly Instance[] },
): (Act | Meanwhile)[] {
  const count = dice.chance(0.25) ? 0 : dice.between(1, days < 1 ? 3 : 7)
  const acts: (Act | Meanwhile)[] = []
  for (let n = 0; n < count; n++) {
    const at = now + Math.floor(dice.next() * days * day)
    const one = instances[dice.between(0, instances.length - 1)]
    if (one) acts.push(...drawAct(dice, `a${n}`, at, one, { now, days }))
  }
  return acts
}

function drawAct(
  dice: Dice,
  id: string,
  at: number,
  { id: instance, engine, tags }: Instance,
  { now, days }: { now: number; days: number },
): (Act | Meanwhile)[] {
  const later = at + dice.between(1, 20) * hour
  const kind = dice.weighted({
    retag: 12,
    rewindow: 8,
    upgrade: 3,
    lock: 5,
    unpaid: 2,
    release: 4,
    rename: 4,
    'renew by hand': 6,
    'bring a certificate': 4,
    hide: 5,
    'vendor task': 8,
    'source holds': 10,
    'source fails': 8,
    policy: 14,
    stop: 8,
    'stray message': 16,
    meanwhile: 12,
  })
  switch (kind) {
    case 'retag':
      return [
        {
          id,
          at,
          do: kind,
          instance,
          tags: dice.chance(0.6)
            ? { ...tags, env: tags.env === 'dev' ? 'prod' : 'dev' }
            : { ...tags, app: dice.pick(['shop', 'ledger', 'new']) },
        },
      ]
    case 'rewindow':
      return [{ id, at, do: kind, instance, window: drawWindow(dice) }]
    case 'upgrade':
      return engine === 'MySQL' ? [{ id, at, do: kind, instance, version: '8.0' }] : []
    case 'lock':
      return [
        { id, at, do: kind, instance },
        { id: `${id}u`, at: later, do: 'unlock', instance },
      ]
    case 'hide':
      return [
        { id, at, do: kind, instance },
        { id: `${id}u`, at: later, do: 'show', instance },
      ]
    case 'unpaid':
    case 'release':
    case 'rename':
    case 'renew by hand':
    case 'bring a certificate':
      return [{ id, at, do: kind, instance }]
    case 'vendor task': {
      const switchAt = at + dice.between(2, 72) * hour
      const task = {
        instance,
        switchAt,
        deadline: switchAt + dice.between(0, 48) * hour,
        allowChange: dice.chance(0.4),
        allowCancel: dice.chance(0.4),
        renews: dice.chance(0.8),
      }
      return [{ id, at, do: kind, task }]
    }
    case 'source holds': {
      const names = dice.pick([
        ['root-a', 'issuer-1', 'issuer-2'],
        ['root-a', 'issuer-2'],
        ['root-a', 'issuer-1'],
        ['root-b', 'issuer-3'],
        ['root-a', 'root-b', 'issuer-1', 'issuer-2', 'issuer-3'],
      ] as [AuthorityName[], ...AuthorityName[][]])
      return [
        { id, at, do: kind, names },
        { id: `${id}u`, at: later, do: 'source holds', names: ['root-a', 'issuer-1', 'issuer-2'] },
      ]
    }
    case 'source fails':
      return [
        { id, at: dice.chance(0.4) ? now : at, do: kind, how: dice.pick(['Unreachable', 'BadArchive'] as const) },
        { id: `${id}u`, at: later, do: 'source fails', how: undefined },
      ]
    case 'policy':
      return [{ id, at, do: kind, change: drawChange(dice, now, days) }]
    case 'stray message':
      return [
        {
          id,
          at,
          do: kind,
          nth: dice.between(0, 9),
          type: dice.pick(['RenewalApproved', 'RenewalApproved', 'ValidityUpdated', 'RenewalsDue'] as const),
        },
      ]
    case 'meanwhile':
      return [
        { id, at: now, do: kind, instance, after: dice.between(0, 20 * 60) * 1000, what: drawMeanwhile(dice, id, now, instance, tags) },
      ]
    case 'stop':
      return [{ id, at, do: 'stop' }, ...(dice.chance(0.7) ? [{ id: `${id}u`, at: later, do: 'resume' as const }] : [])]
  }
}

/** What befalls an instance while it restarts. */
function drawMeanwhile(dice: Dice, id: string, at: number, instance: string, tags: Instance['tags']): Act {
  const kind = dice.weighted({ release: 40, retag: 15, lock: 8, rename: 8, rewindow: 9, stop: 20 })
  switch (kind) {
    case 'retag':
      return { id, at, do: kind, instance, tags: { ...tags, env: tags.env === 'dev' ? 'prod' : 'dev' } }
    case 'rewindow':
      return { id, at, do: kind, instance, window: drawWindow(dice) }
    case 'stop':
      return { id, at, do: kind }
    default:
      return { id, at, do: kind, instance }
  }
}

function drawChange(dice: Dice, now: number, days: number): PolicyChange {
  switch (dice.weighted({ observe: 3, act: 3, freeze: 3, concurrency: 2, approval: 3 })) {
    case 'observe':
      return { mode: 'observe' }
    case 'act':
      return { mode: 'act' }
    case 'freeze': {
      const { from, to } = drawFreeze(dice, now, days)
      return { freeze: { from, to } }
    }
    case 'concurrency':
      return { concurrency: dice.between(1, 3) }
    case 'approval':
      return { approval: dice.pick(['required', 'automatic'] as const) }
  }
}
