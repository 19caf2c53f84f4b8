/** @alicloud/fc2 has no types of its own; this is the one call that is looked at. */
declare module '@alicloud/fc2' {
  export default class Fc2 {
    constructor(
      accountId: string,
      config: { accessKeyID: string; accessKeySecret: string; securityToken: string; region: string; endpoint: string },
    )
    invokeFunction(service: string, name: string, event: string): Promise<{ data: string }>
  }
}
