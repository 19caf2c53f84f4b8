import { day, hour, minute } from '../domain/duration.ts'
import { windowOf } from '../domain/window.ts'
import type { Language } from './words.ts'

/** An instant for people: `2026-11-25 02:03 CST` in their zone, and `11-24 18:03 UTC`, which is undefined where their zone is UTC. */
export type InstantText = { local: string; utc: string | undefined }

/** The UTC side repeats the date only where it is another day. */
export function zoned(iso: string, timezone: string, language: Language): InstantText {
  const at = new Date(iso)
  const [local, utc] = [wallClock(at, timezone), wallClock(at, 'UTC')]
  const there = local.date === utc.date ? utc.time : `${monthDay(utc.date)} ${utc.time}`
  return { local: `${local.date} ${local.time} ${zoneName(timezone, language, at)}`, utc: isUtc(timezone) ? undefined : `${there} UTC` }
}

/** The same in one line: `2026-11-25 02:03 CST (11-24 18:03 UTC)`. */
export function inZone(iso: string, timezone: string, language: Language): string {
  const { local, utc } = zoned(iso, timezone, language)
  return utc === undefined ? local : local + aside(utc, language)
}

/** The day alone, in the reader's zone: `2026-11-25`. */
export const dayInZone = (iso: string, timezone: string): string => wallClock(new Date(iso), timezone).date

/**
 * Words a maintenance window: `02:00–06:00 CST` and `18:00–22:00 UTC`. A window is fixed in UTC, and a zone's offset may change over the
 * year: `on` says which one counts. What is no window is repeated as it is.
 */
export function windowInZone(window: string, timezone: string, language: Language, on: Date): InstantText {
  const span = windowOf(window)
  if (!span || span === 'any') return { local: window, utc: undefined }
  const midnight = Math.floor(on.getTime() / day) * day
  const local = (minutes: number) => wallClock(new Date(midnight + minutes * minute), timezone).time
  const utc = `${window.replaceAll('Z', '').replace('-', '–')} UTC`
  if (isUtc(timezone)) return { local: utc, utc: undefined }
  const [hours, zone] = [`${local(span.start)}–${local(span.end)}`, zoneName(timezone, language, on)]
  return { local: language === 'zh' ? `${zone} ${hours}` : `${hours} ${zone}`, utc }
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
