export type Language = 'en' | 'zh'
export const languages: readonly Language[] = ['zh', 'en']

/** Reads what a `?lang=` says; undefined for anything that is no language here. */
export const languageOf = (text: string | null | undefined): Language | undefined => languages.find(one => one === text)
