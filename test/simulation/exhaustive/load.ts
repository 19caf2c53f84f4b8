import { rm } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import type { Mutant } from '../mutants.ts'
import { buildWorker } from '../pool.ts'

export type Lab = typeof import('./lab.ts')

/** The product and its world as built; with a mutant, one file of the product reads as the mutant wants it. */
export async function loadLab(mutant?: Mutant): Promise<Lab> {
  const file = await buildWorker(mutant, 'exhaustive/lab')
  try {
    return await import(/* @vite-ignore */ pathToFileURL(file).href)
  } finally {
    await rm(file)
  }
}
