import { bundleAll } from '../../build/bundle.ts'

/** The chain's tests deploy what is in dist/: it is built once, before any of them. */
export default async function setup(): Promise<void> {
  await bundleAll({ quiet: true })
}
