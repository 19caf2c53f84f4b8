import * as z from '../schema.ts'

/**
 * One line of a plan: what is asked and, once answered, what was promised. The promise is bound: where the world differs from it later,
 * that item is void. `deadline` and the description are shown, never bound.
 */
export const planItem = z.lazy(() =>
  z.strictObject({
    renewal: z.string(),
    region: z.string(),
    instance: z.string(),
    description: z.string(),
    engine: z.enum(['SQLServer', 'MySQL', 'PostgreSQL']),
    version: z.string(),
    vpc: z.optional(z.string()),
    /** The primary's id for it and its replicas: they never restart together. */
    family: z.string(),
    host: z.string(),
    notAfter: z.iso.datetime(),
    deadline: z.optional(z.iso.datetime()),
    /** The answer is valid until then: the deadline, or a week where it has passed. */
    validUntil: z.iso.datetime(),
    /** A person states in the policy that Alibaba issued the certificate. */
    stated: z.optional(z.literal(true)),
    promise: z.strictObject({
      restarts: z.boolean(),
      /** The instance's maintenance window as the service writes it, or `any` where nothing restarts. */
      window: z.string(),
      updateValue: z.union([z.literal(1), z.literal(2)]),
    }),
  }),
)

export type PlanItem = z.infer<typeof planItem>
export type Promised = PlanItem['promise']

/** The names of what differs between a promise and the world. */
export const brokenPromises = (promised: Promised, now: Promised): (keyof Promised)[] =>
  (['restarts', 'window', 'updateValue'] as const).filter(name => promised[name] !== now[name])
