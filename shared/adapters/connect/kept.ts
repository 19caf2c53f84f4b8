import { Memory } from '../memory.ts'

/** What outlives an invocation: clients with their open connections, rates, and what was checked once. */
export const memory = new Memory()
