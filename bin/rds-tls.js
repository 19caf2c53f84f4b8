#!/usr/bin/env node
// Runs the command line from its sources: what is checked out is what runs, and no build can be stale.
import { register } from 'tsx/esm/api'

register()
await import('../cli/main.ts')
