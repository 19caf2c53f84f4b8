/** @serverless-devs/core declares types for a file that it does not bring; these are the calls in use. */
declare module '@serverless-devs/core' {
  const core: {
    getCredentialAliasList(): Promise<string[]>
    /** Asks at the terminal where there is no such alias. */
    getCredential(alias: string): Promise<unknown>
  }
  export default core
}
