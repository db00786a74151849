// What the gateway asks of whoever knows the guests: may this page enter, and as whom. Not how it is told.
import type { DeviceWelcome, Hello, RefusalCode } from '../../protocol/messages.ts'
import type { LivePage } from '../link/LivePage.ts'
import type { Trust } from '../link/Trust.ts'

/** A page that is expected, and what to do with it. */
export interface ExpectedPage {
  readonly id: string
  readonly trust: Trust
  /** Where the files of its models stand, ends in '/'. */
  readonly filesBase: string
  /** Hears of each arrival of its page: the first, after a reload, after a lost socket. The newest one counts. */
  readonly onArrival: (page: LivePage) => void
  /** Its present page. */
  page: LivePage | undefined
  /** For a device that joined by address. */
  readonly welcome?: () => DeviceWelcome
}

export type Judgement =
  /** `enter` is called once the rest of its hello is right too: a token is not used up by a page that is too old. */
  | { readonly _tag: 'Known'; readonly enter: () => ExpectedPage }
  | { readonly _tag: 'Refused'; readonly code: RefusalCode; readonly message: string }

export interface Admission {
  judge(hello: Pick<Hello, 'token' | 'device'>): Judgement
}
