import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { Command, Option } from 'commander'
import { setStartList } from '../bibs/index.ts'
import type { Config } from '../config.ts'
import type { Orientation } from '../db/tables.ts'
import {
  changeEvent,
  createEvent,
  deleteEvent,
  eventNotFound,
  findEvent,
  findEvents,
} from '../events/index.ts'
import { countPhotosByStatus } from '../photos/index.ts'
import { followUps } from '../pipeline.ts'
import { setWatermark } from '../stamp/index.ts'
import { wholeNumber } from './keys.ts'
import { printTable } from './print-table.ts'
import { withContext } from './with-context.ts'

export const eventsCommand = (readConfig: () => Config) => {
  const events = new Command('events').description('Events: make, list, change, delete')

  events
    .command('create <name>')
    .description('Make an event')
    .option('--org <id>', 'organisation', wholeNumber, 1)
    .option('--date <date>', 'wall time at the event, such as 2026-01-19T06:00:00')
    .option('--timezone <zone>', 'IANA name of the zone that camera clocks show', 'UTC')
    .option('--json', 'print one JSON object')
    .action(
      (name: string, options: { org: number; date?: string; timezone: string; json?: boolean }) =>
        withContext(readConfig(), async ({ db }) => {
          const { org: orgId, date, timezone } = options
          const wish = {
            orgId,
            event_name: name,
            timezone,
            ...(date && { event_date: withTime(date) }),
          }
          const event = await createEvent({ db }, wish)
          if (options.json)
            console.log(JSON.stringify({ event_id: event.id, event_slug: event.slug }))
          else
            console.log(
              `Event ${event.id}: ${event.name}\nNext: npx trackside import ./photos --event ${event.id}`,
            )
        }),
    )

  events
    .command('list')
    .description('Events of the organisation with their photos')
    .option('--org <id>', 'organisation', wholeNumber, 1)
    .action((options: { org: number }) =>
      withContext(readConfig(), async ({ db }) => {
        const rows = await findEvents(db, options.org, { offset: 0, limit: 1000 })
        const counts = await Promise.all(rows.map(({ id }) => countPhotosByStatus(db, id)))
        printTable(
          ['id', 'name', 'date', 'zone', 'status', 'done', 'waiting', 'failed'],
          rows.map(({ id, name, date, timezone, status }, row) => [
            String(id),
            name,
            date ?? '',
            timezone,
            status,
            String(counts[row]?.done ?? 0),
            String(counts[row]?.pending ?? 0),
            String(counts[row]?.failed ?? 0),
          ]),
        )
      }),
    )

  events
    .command('set <event-id>')
    .description('Change an event')
    .argument(
      '<settings...>',
      'such as timezone=Europe/Berlin bib_search=false confidence_percentage=90',
    )
    .action((id: string, settings: string[]) =>
      withContext(readConfig(), async (context) => {
        const change = Object.fromEntries(settings.map(parseSetting))
        const follow = followUps(context.queue.enqueue)
        await changeEvent({ db: context.db, ...follow }, { eventId: wholeNumber(id), change })
        console.log('Changed.')
      }),
    )

  events
    .command('start-list <event-id> <csv>')
    .description('Replace the start list: CSV with a column bib')
    .action((id: string, file: string) =>
      withContext(readConfig(), async ({ db, queue }) => {
        const csv = await readFile(file)
        const deps = { db, ...followUps(queue.enqueue) }
        const { participants, rejected } = await setStartList(deps, {
          eventId: wholeNumber(id),
          csv,
        })
        console.log(`${participants} participants`)
        for (const { line, reason } of rejected) console.log(`line ${line} left out: ${reason}`)
      }),
    )

  events
    .command('watermark <event-id> [art]')
    .description('Set the watermark (PNG or SVG); without a file: plain text again')
    .addOption(
      new Option('--orientation <which>', 'photos it is for')
        .choices(['any', 'portrait', 'landscape'])
        .default('any'),
    )
    .action((id: string, file: string | undefined, options: { orientation: Orientation }) =>
      withContext(readConfig(), async ({ db, queue }) => {
        const { orientation } = options
        const deps = { db, ...followUps(queue.enqueue) }
        const art = file === undefined ? undefined : { orientation, ...(await readArt(file)) }
        await setWatermark(deps, wholeNumber(id), art)
        console.log('Set; previews follow.')
      }),
    )

  events
    .command('delete <event-id>')
    .description('Delete an event with every photo, search and vector of it')
    .requiredOption('--yes', 'really')
    .action((id: string) =>
      withContext(readConfig(), async ({ db, queue }) => {
        const eventId = wholeNumber(id)
        if (!(await findEvent(db, eventId))) throw eventNotFound(eventId)
        await deleteEvent({ db, ...followUps(queue.enqueue) }, eventId)
        console.log('Deleted; its files are erased in the background.')
      }),
    )
  return events
}

const readArt = async (file: string) => ({
  contentType:
    extname(file).toLowerCase() === '.svg' ? ('image/svg+xml' as const) : ('image/png' as const),
  art: await readFile(file),
})

const withTime = (date: string) => (/^\d{4}-\d{2}-\d{2}$/.test(date) ? `${date}T00:00:00` : date)

/** `name=value`: true, false and numbers become what they say. */
function parseSetting(text: string): [string, unknown] {
  const [name = '', ...rest] = text.split('=')
  const value = rest.join('=')
  if (rest.length === 0)
    throw new Error(`"${text}" must be name=value, such as timezone=Europe/Berlin.`)
  if (value === 'true' || value === 'false') return [name, value === 'true']
  return [name, /^\d+(\.\d+)?$/.test(value) && name !== 'event_name' ? Number(value) : value]
}
