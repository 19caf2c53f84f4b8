/**
 * The default export of a CommonJS package compiled from TypeScript. Node hands over the whole `exports` as default, bundlers and test
 * runners hand over `exports.default`: accept both.
 */
export function defaultOf<T>(module: { default: T }): T {
  const outer: unknown = module.default
  const nested = outer !== null && typeof outer === 'object' && 'default' in outer
  return nested ? (outer as { default: T }).default : module.default
}
