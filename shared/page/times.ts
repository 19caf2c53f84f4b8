import { day, hour, minute } from '../domain/duration.ts'
import { windowOf } from '../domain/window.ts'
import type { Language } from './words.ts'

/**
 * An instant for people, in their zone and in UTC: `2026-11-25 02:03 CST (11-24 18:03 UTC)`. The UTC side repeats the date only where it
 * is another day; where the zone is UTC it is left out.
 */
export function inZone(iso: string, timezone: string, language: Language): string {
  const at = new Date(iso)
  const [local, utc] = [wallClock(at, timezone), wallClock(at, 'UTC')]
  const text = `${local.date} ${local.time} ${zoneName(timezone, language, at)}`
  if (isUtc(timezone)) return text
  const there = local.date === utc.date ? `${utc.time} UTC` : `${monthDay(utc.date)} ${utc.time} UTC`
  return text + aside(there, language)
}

/** The day alone, in the reader's zone: `2026-11-25`. */
export const dayInZone = (iso: string, timezone: string): string => wallClock(new Date(iso), timezone).date

/** A window for people; `both` is `02:00–06:00 CST (18:00–22:00 UTC)`. */
export type WindowText = { local: string; both: string }

/**
 * Words a maintenance window, which is fixed in UTC, for a zone whose offset may change over the year: `on` says which one counts.
 * What is no window is repeated as it is.
 */
export function windowInZone(window: string, timezone: string, language: Language, on: Date): WindowText {
  const span = windowOf(window)
  if (!span || span === 'any') return { local: window, both: window }
  const midnight = Math.floor(on.getTime() / day) * day
  const local = (minutes: number) => wallClock(new Date(midnight + minutes * minute), timezone).time
  const text = `${local(span.start)}–${local(span.end)} ${zoneName(timezone, language, on)}`
  return { local: text, both: isUtc(timezone) ? text : text + aside(`${window.replaceAll('Z', '').replace('-', '–')} UTC`, language) }
}

/** How far off an instant is, in whole units: days from two days on, hours from one hour on, else minutes. */
export type Distance = { past: boolean; count: number; unit: 'days' | 'hours' | 'minutes' }

export function distance(iso: string, now: Date): Distance {
  const ms = Date.parse(iso) - now.getTime()
  const [past, far] = [ms <= 0, Math.abs(ms)]
  if (far >= 2 * day) return { past, count: Math.floor(far / day), unit: 'days' }
  if (far >= hour) return { past, count: Math.floor(far / hour), unit: 'hours' }
  return { past, count: Math.floor(far / minute), unit: 'minutes' }
}

const isUtc = (timezone: string) => /^(Etc\/)?(UTC|GMT|UCT|Zulu|Universal)$/i.test(timezone)
const monthDay = (date: string) => date.slice(date.indexOf('-') + 1)
const aside = (text: string, language: Language) => (language === 'zh' ? `（${text}）` : ` (${text})`)

/** Intl knows no abbreviation for these zones in English, and none that is usual in Chinese. */
const names: Readonly<Record<string, Record<Language, string>>> = {
  'Asia/Shanghai': { en: 'CST', zh: '北京时间' },
  'Asia/Hong_Kong': { en: 'HKT', zh: '香港时间' },
  'Asia/Singapore': { en: 'SGT', zh: '新加坡时间' },
  'Asia/Tokyo': { en: 'JST', zh: '日本时间' },
}

function zoneName(timezone: string, language: Language, at: Date): string {
  if (isUtc(timezone)) return 'UTC'
  const named = names[timezone]?.[language]
  if (named !== undefined) return named
  return part(formatters(timezone).name, at, 'timeZoneName')
}

function wallClock(at: Date, timezone: string): { date: string; time: string } {
  const parts = new Map(
    formatters(timezone)
      .clock.formatToParts(at)
      .map(one => [one.type, one.value]),
  )
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? ''
  return { date: `${of('year')}-${of('month')}-${of('day')}`, time: `${of('hour')}:${of('minute')}` }
}

const part = (format: Intl.DateTimeFormat, at: Date, type: Intl.DateTimeFormatPartTypes) =>
  format.formatToParts(at).find(one => one.type === type)?.value ?? ''

/** Making a formatter costs far more than using it, and a plan has hundreds of instants. */
const made = new Map<string, { clock: Intl.DateTimeFormat; name: Intl.DateTimeFormat }>()

function formatters(timezone: string) {
  const known = made.get(timezone)
  if (known) return known
  const base = { timeZone: timezone, hourCycle: 'h23', calendar: 'gregory', numberingSystem: 'latn' } as const
  const clock = new Intl.DateTimeFormat('en', {
    ...base,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  })
  const fresh = { clock, name: new Intl.DateTimeFormat('en', { ...base, hour: '2-digit', timeZoneName: 'short' }) }
  made.set(timezone, fresh)
  return fresh
}
