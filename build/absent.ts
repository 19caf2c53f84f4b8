import type { Plugin } from 'esbuild'

/**
 * Packages that the SDKs load at once and that none of the calls made here reaches: by who asks for them. Without these a cold step that
 * calls RDS loads half as much. docs/performance.md has the figures.
 */
const unreached: readonly { by: RegExp; packages: readonly string[] }[] = [
  // Dates with arithmetic, deep merges of settings, XML bodies and websockets of other products' calls.
  {
    by: /[\\/]@darabonba[\\/]typescript[\\/]/,
    packages: ['moment', 'lodash', 'xml2js', 'ws', 'http-proxy-agent', 'https-proxy-agent', 'socks-proxy-agent'],
  },
  // urllib: text in other charsets than UTF-8, forms, and a proxy where one is configured, which it does not bring.
  { by: /[\\/]urllib[\\/]/, packages: ['iconv-lite', 'formstream', 'proxy-agent'] },
  // ali-oss: which browser this is, writing XML, and images.
  { by: /[\\/]ali-oss[\\/]/, packages: ['bowser', 'jstoxml', 'js-base64'] },
  // os-name: the releases of Windows.
  { by: /[\\/]os-name[\\/]/, packages: ['win-release'] },
  // xml2js: writing XML. Both SDKs that load it only read.
  { by: /[\\/]xml2js[\\/]/, packages: ['xmlbuilder'] },
]

/** Asked while loading for a word that may be missing: what system this is. ali-oss then says what Node knows of it, which takes none of 14 ms. */
const wordless: typeof unreached = [{ by: /[\\/]ali-oss[\\/]/, packages: ['platform'] }]

const asksFor = (list: typeof unreached, path: string, importer: string): boolean =>
  list.some(({ by, packages }) => by.test(importer) && packages.includes(path))

/** Puts a stand-in in the place of each of them, which can be imported and destructured, and fails by its name where it is used after all. */
export const absent: Plugin = {
  name: 'absent',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[@\w]/ }, ({ path, importer }) => {
      if (asksFor(unreached, path, importer)) return { path, namespace: 'absent' }
      return asksFor(wordless, path, importer) ? { path, namespace: 'wordless' } : undefined
    })
    onLoad({ filter: /./, namespace: 'wordless' }, () => ({ contents: 'module.exports = {}' }))
    onLoad({ filter: /./, namespace: 'absent' }, ({ path }) => ({
      contents: [
        `const absent = () => { throw new Error(${JSON.stringify(`${path} is not part of this bundle: build/absent.ts`)}) }`,
        `module.exports = new Proxy(absent, { get: (_, name) => (name === '__esModule' ? undefined : absent) })`,
      ].join('\n'),
    }))
  },
}
