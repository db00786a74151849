// One file from a hub to this disk: tried until it is whole or hope is gone, checked against what the hub
// promised, and only then given its name.
import { rm } from 'node:fs/promises'
import type { Blob } from './CacheDisk.ts'
import { attemptDownload, type DownloadWork } from './downloadAttempt.ts'
import { HubRefused, HubUnreachable, ModelCorrupt } from './errors.ts'
import { backOff } from './hubHttp.ts'
import { claimPartial } from './partialClaim.ts'
import type { RemoteFile } from './RemoteFile.ts'

/** Rejects with HubUnreachable, HubRefused, ModelFileMissing, ModelCorrupt or CacheUnwritable. */
export async function download(
  file: RemoteFile,
  work: DownloadWork,
): Promise<Blob & { readonly sha256: string }> {
  const content = file.sha256 ?? file.gitSha1 ?? file.etag ?? ''
  const claim = await claimPartial(work.disk.partialPath(`${file.url}\n${content}`))
  try {
    for (let lost = 0; ; ) {
      const attempt = await attemptDownload(file, claim.path, work)
      if (attempt._tag === 'Whole') {
        const { sha256, wrong, resumed } = attempt
        if (wrong === undefined) return { ...(await work.disk.adopt(claim.path, sha256)), sha256 }
        await rm(claim.path, { force: true })
        // The part that lay here may be what was wrong: once more, from the start.
        if (resumed) continue
        throw new ModelCorrupt({ name: work.model, file: file.path, ...wrong })
      }
      // Bytes gained are progress: only tries that gain nothing count towards giving up.
      lost = attempt.gained ? 0 : lost + 1
      if (lost > work.access.retries) {
        if (attempt.error instanceof HubRefused) throw attempt.error
        throw new HubUnreachable({ url: file.url, cause: attempt.error, near: [] })
      }
      await backOff(lost, work.signal)
    }
  } finally {
    await claim.release()
  }
}
