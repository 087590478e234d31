import type { components } from './schema.gen'

/** Short names for the REST types that the app uses. */
type Schemas = components['schemas']
export type WireUser = Schemas['User']
export type WireTokens = Schemas['TokenPair']
export type WireSession = Schemas['Session']
export type WireRoom = Schemas['Room']
export type WireMember = Schemas['Member']
export type ToggleBody = Schemas['ToggleBody']
export type WireAttachment = Schemas['Attachment']
export type WireMessage = Schemas['Message']
export type WirePin = Schemas['Pin']
export type WireFound = Schemas['FoundMessage']
export type NotifyLevel = Schemas['NotifyLevel']
