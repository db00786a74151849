// A program of somebody's own that starts a pool and then throws where nobody catches. Run by uncaught.test.ts.

import { ResourcePool } from '@shoal/pool'

const pool = await ResourcePool.start({ minConnections: 2, maxConnections: 2, hub: false })
process.stderr.write(`${pool.browsers().length} browsers\n`)
setTimeout(() => {
  throw new Error('nobody catches this')
}, 10)
