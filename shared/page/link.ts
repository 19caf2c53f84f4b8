import { type Language, languageOf } from './language.ts'

/** What a link to a plan carries. `choose: 'none'` shows the plan with nothing checked, which no script could do here. */
export type View = { token: string; language?: Language | undefined; choose?: 'all' | 'none' | undefined }

/** A link to a plan. `page` is a path or a whole URL, without a query. */
export function planLink(page: string, { token, language, choose }: View): string {
  const query = new URLSearchParams({ token })
  if (language) query.set('lang', language)
  if (choose) query.set('choose', choose)
  return `${page}?${query}`
}

/** Reads the query of a link, or the hidden fields of the form. An absent token reads as undefined; an unknown language or choice too. */
export function readLink(query: URLSearchParams): {
  token: string | undefined
  language: Language | undefined
  choose: 'all' | 'none' | undefined
} {
  const choose = query.get('choose')
  return {
    token: query.get('token') || undefined,
    language: languageOf(query.get('lang')),
    choose: choose === 'all' || choose === 'none' ? choose : undefined,
  }
}

/** The page of a plan under the address that the function answers at: `https://renew.example.com` → `…/plans/dba.required.2026-05-10`. */
export const planAddress = (base: string, plan: string): string => `${base.replace(/\/$/, '')}/plans/${encodeURIComponent(plan)}`
