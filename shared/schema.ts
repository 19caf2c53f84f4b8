/**
 * zod in its light form, which a start pays a third of: schemas are made by functions (`z.optional(z.string())`) instead of by methods that
 * every schema carries. The one entry to it: without the English words an issue would only say "Invalid input".
 */
import { config } from 'zod/mini'
import en from 'zod/v4/locales/en.js'

config(en())

export * from 'zod/mini'
