const unit = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

export const second = unit.s
export const minute = unit.m
export const hour = unit.h
export const day = unit.d

/** Reads `30d`, `2h`, `15m`, `30s` into milliseconds; undefined for anything else. */
export function durationOf(text: string): number | undefined {
  const match = /^(\d{1,5})([smhd])$/.exec(text)
  return match ? Number(match[1]) * unit[match[2] as keyof typeof unit] : undefined
}

/** An instant as this product writes it: ISO UTC, whole seconds. */
export const iso = (at: number | Date): string => new Date(Math.floor(Number(at) / 1000) * 1000).toISOString().replace('.000Z', 'Z')

export const later = (a: string, b: string): boolean => Date.parse(a) > Date.parse(b)
