import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasFfmpeg, makeVideo } from '../../test/videos.ts'
import { probeVideo } from './probe-video.ts'
import { createRunTool } from './run-ffmpeg.ts'

const deps = { runTool: createRunTool(process.env) }

const ffmpeg = (...args: string[]) => promisify(execFile)('ffmpeg', ['-v', 'error', '-y', ...args])

describe.skipIf(!hasFfmpeg)('what is no good video', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'probe-video-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  const at = (name: string) => join(folder, name)

  const refusal = (file: string) =>
    probeVideo(deps, file).then(
      () => 'none',
      ({ code, message }) => `${code}: ${message}`,
    )

  test.each(['front.mp4', 'end.mp4', 'long.mkv'])(
    '%s that ends early, as while it is still being copied, is told as such',
    async (name) => {
      const front = name === 'front.mp4' ? ['-movflags', '+faststart'] : []
      const coded = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '50', ...front]
      const file = await makeVideo(at(name), { seconds: 20, coded })
      expect(await probeVideo(deps, file)).toMatchObject({ codec: 'h264', width: 320, height: 180 })
      await truncate(file, Math.floor((await readFile(file)).length * 0.6))
      expect(await refusal(file)).toMatch(/^video_not_decodable: .*(ends early|ends after)/)
    },
  )

  test('sound alone is no video, with a cover neither', async () => {
    const sound = ['-f', 'lavfi', '-i', 'sine=duration=2']
    await ffmpeg(...sound, '-c:a', 'aac', at('sound.mp4'))
    expect(await refusal(at('sound.mp4'))).toMatch(/^video_unsupported: .*no video/)
    const cover = ['-f', 'lavfi', '-i', 'color=red:s=320x320:d=0.04:r=25']
    const asCover = ['-c:v', 'mjpeg', '-disposition:v:0', 'attached_pic', '-c:a', 'aac']
    await ffmpeg(...sound, ...cover, '-map', '0', '-map', '1', ...asCover, at('cover.mp4'))
    expect(await refusal(at('cover.mp4'))).toMatch(/^video_unsupported: .*no video/)
  })

  test('a video with a cover is a video', async () => {
    const file = await makeVideo(at('covered.mp4'), { seconds: 1 })
    const cover = ['-f', 'lavfi', '-i', 'color=red:s=320x320:d=0.04:r=25']
    const asCover = [
      '-map',
      '0',
      '-map',
      '1',
      '-c:v:1',
      'mjpeg',
      '-disposition:v:1',
      'attached_pic',
    ]
    await ffmpeg('-i', file, ...cover, '-c:v:0', 'copy', ...asCover, at('with-cover.mp4'))
    expect(await probeVideo(deps, at('with-cover.mp4'))).toMatchObject({
      codec: 'h264',
      width: 320,
    })
  })

  test('twelve hours are too many', async () => {
    const slow = ['-f', 'lavfi', '-i', 'color=gray:s=64x64:r=1/20:d=43200']
    await ffmpeg(...slow, '-c:v', 'libx264', '-preset', 'ultrafast', at('half-day.mp4'))
    expect(await refusal(at('half-day.mp4'))).toMatch(/^video_too_large: .*12\.0 hours/)
  })

  test('playlists, lists of files and pictures with a script open nothing, whatever they are called', async () => {
    let connections = 0
    const server = createServer((socket) => {
      connections++
      socket.destroy()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x.ts`
    await makeVideo(at('private.mp4'), { seconds: 1 })
    const hostile = {
      'hls.mp4': `#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n${url}\n#EXT-X-ENDLIST\n`,
      'local.mov': `#EXTM3U\n#EXTINF:10,\nfile:${at('private.mp4')}\n#EXT-X-ENDLIST\n`,
      'concat.mkv': `ffconcat version 1.0\nfile '${at('private.mp4')}'\n`,
      'dash.mp4': `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet><Representation><BaseURL>${url}</BaseURL></Representation></AdaptationSet></Period></MPD>`,
      'session.mp4': 'v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n',
      'draw.mp4': '<svg xmlns="http://www.w3.org/2000/svg"><image href="/etc/passwd"/></svg>',
    }
    for (const [name, text] of Object.entries(hostile)) {
      await writeFile(at(name), text)
      expect(await refusal(at(name)), name).toMatch(/^video_(unsupported|not_decodable): /)
    }
    expect(connections).toBe(0)
    server.close()
  })

  test('a name is a name: no option, no protocol, no command', async () => {
    const good = await makeVideo(at('good.mp4'), { seconds: 1 })
    const bytes = await readFile(good)
    for (const name of ['-version', 'a;touch b', '$(touch c)', 'concat:x|y', 'pipe:0', "it's %d"]) {
      await writeFile(at(name), bytes)
      expect(await probeVideo(deps, at(name)), name).toMatchObject({ codec: 'h264' })
    }
  })
})
