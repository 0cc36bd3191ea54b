import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { readCacheDir } from '../config.ts'

// What starting takes is held for as long as the process lives (decision 0022): modules are compiled once, not by each process at
// each start, and what is thrown away while they load is cleared instead of given more room. A folder that cannot be written is no
// failure: then they are compiled.
enableCompileCache(join(readCacheDir(), 'compiled'))
setFlagsFromString('--semi-space-growth-factor=1')
const { run } = await import('./program.ts')
setFlagsFromString('--semi-space-growth-factor=2') // V8's own

await run()
