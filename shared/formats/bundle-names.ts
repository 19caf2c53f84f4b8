/** The names of the bundle's files, the vendor's own. */
export const bundleNames = {
  pem: 'ApsaraDB-CA-Chain.pem',
  p7b: 'ApsaraDB-CA-Chain.p7b',
  jks: 'ApsaraDB-CA-Chain.jks',
  p12: 'ApsaraDB-CA-Chain.p12',
} as const
