import { afterAll, beforeAll, describe } from 'vitest'
import type { Store } from '../../../src/store/index.ts'
import { RestApi } from '../RestApi.ts'
import { conferenceContract } from './conferences.ts'
import { conferenceTokenContract } from './conferenceTokens.ts'
import { credentialContract } from './credentials.ts'
import { logContract } from './logs.ts'
import { recordingContract } from './recordings.ts'
import { roomSessionContract } from './roomSessions.ts'
import { roomTokenContract } from './roomTokens.ts'
import { streamContract } from './streams.ts'
import { roomContract } from './rooms.ts'
import { webhookContract } from './webhooks.ts'

export type StoreUnderTest = {
  openStore: (dataDir: string) => Promise<Store>
  dispose: () => Promise<void>
}

/** The contract of every endpoint, over a store. */
export function describeRestApi(name: string, prepare: () => Promise<StoreUnderTest>): void {
  describe(`the REST API over ${name}`, () => {
    let opened: RestApi
    let underTest: StoreUnderTest
    beforeAll(async () => {
      underTest = await prepare()
      opened = await RestApi.open(underTest.openStore)
    })
    afterAll(async () => {
      await opened?.[Symbol.asyncDispose]()
      await underTest?.dispose()
    })
    const api = (): RestApi => opened
    roomContract(api)
    roomTokenContract(api)
    roomSessionContract(api)
    recordingContract(api)
    streamContract(api)
    conferenceContract(api)
    conferenceTokenContract(api)
    logContract(api)
    credentialContract(api)
    webhookContract(api)
  })
}
