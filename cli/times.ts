import { day, hour, minute } from '../shared/domain/duration.ts'
import { inZone } from '../shared/page/times.ts'

/** An instant for the reader: `Tue 2026-11-24 02:03 CST (11-23 18:03 UTC)`. */
export function moment(iso: string, zone: string): string {
  const weekday = new Intl.DateTimeFormat('en', { timeZone: zone, weekday: 'short' }).format(new Date(iso))
  return `${weekday} ${inZone(iso, zone, 'en')}`
}

/** `9 days`, `1 day`, `5 hours`, `12 minutes`, rounded down; `expired 2 days ago` is the caller’s to say. */
export function span(ms: number): string {
  const far = Math.abs(ms)
  const [count, unit] =
    far >= day ? [Math.floor(far / day), 'day'] : far >= hour ? [Math.floor(far / hour), 'hour'] : [Math.floor(far / minute), 'minute']
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

/** The same words, their instants in the reader's zone: what is decided is said in UTC. */
export const localised = (text: string, zone: string): string =>
  text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, iso => moment(iso, zone))

/** A renewal's id stands for its instance where a person reads it. */
export const withoutIds = (text: string): string => text.replace(/\b\d+\.[a-z0-9-]+\.([\w-]+)\.instance\.\d{8}T\d{4}Z/g, '$1')

/** `1 instance`, `3 instances`. */
export const some = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`
