import { Ajv, type ValidateFunction } from 'ajv'
import type { FunctionResource } from './deployment.ts'

type Schema = { properties: Record<string, unknown>; definitions: Record<string, { properties?: Record<string, unknown> }> }

const definitions: Readonly<Record<string, string>> = {
  timer: 'ITimerTriggerConfig',
  http: 'IHttpTriggerConfig',
  eventbridge: 'IEventBridge',
}

/** The component takes any object for a trigger and only logs what its schema says: each trigger is held to its own definition, typing errors included. */
export function schemaFaults(all: readonly FunctionResource[], json: string): string[] {
  const schema: Schema = JSON.parse(json)
  const ajv = new Ajv({ strict: false, allErrors: true, allowUnionTypes: true })
  ajv.addSchema(schema, 'fc3')
  const check = (of: string, definition: string | undefined, value: object): string[] => {
    const validate: ValidateFunction | undefined = ajv.getSchema(definition === undefined ? 'fc3' : `fc3#/definitions/${definition}`)
    if (validate === undefined) return [`${of}: there is no definition ${definition}`]
    const properties = definition === undefined ? schema.properties : (schema.definitions[definition]?.properties ?? {})
    const unknown = Object.keys(value).filter(key => !Object.hasOwn(properties, key))
    const wrong = validate(value) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${of}${instancePath} ${message}`)
    return [...wrong, ...unknown.map(key => `${of}: ${key} is unknown`)]
  }
  return all.flatMap(({ name, props }) => [
    ...check(name, undefined, props),
    ...(props.triggers ?? []).flatMap(one =>
      check(`${name} ${one.triggerName}`, definitions[one.triggerType] ?? one.triggerType, one.triggerConfig),
    ),
  ])
}
