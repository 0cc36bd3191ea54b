import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { Command, Option } from 'commander'
import { setStartList } from '../bibs/index.ts'
import type { Config } from '../config.ts'
import type { Orientation } from '../db/tables.ts'
import {
  CreateEvent,
  changeEvent,
  createEvent,
  deleteEvent,
  eventNotFound,
  findEvent,
  findEvents,
} from '../events/index.ts'
import { findOrganisations, organisationNotFound } from '../orgs/index.ts'
import { countPhotosByStatus } from '../photos/index.ts'
import { followUps } from '../pipeline.ts'
import { setWatermark } from '../stamp/index.ts'
import { whyUnreadable } from './import/unreadable.ts'
import { printTable } from './print-table.ts'
import { checkInput, readSettings } from './read-settings.ts'
import { wholeNumber } from './whole-number.ts'
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
          const known = await findOrganisations(db)
          if (!known.some(({ id }) => id === orgId)) throw organisationNotFound(orgId)
          const wish = checkInput(CreateEvent, {
            event_name: name,
            timezone,
            ...(date && { event_date: withTime(date) }),
          })
          const event = await createEvent({ db }, { orgId, ...wish })
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
    .command('set')
    .description('Change an event')
    .argument('<event-id>', 'its number', wholeNumber)
    .argument(
      '<settings...>',
      'such as timezone=Europe/Berlin bib_search=false motion.max_clip=20 gallery_password=null',
    )
    .action((eventId: number, settings: string[]) =>
      withContext(readConfig(), async (context) => {
        const change = readSettings(settings)
        const follow = followUps(context.queue.enqueue)
        await changeEvent({ db: context.db, ...follow }, { eventId, change })
        console.log('Changed.')
      }),
    )

  events
    .command('start-list')
    .description('Replace the start list: CSV with a column bib')
    .argument('<event-id>', 'its number', wholeNumber)
    .argument('<csv>', 'the file')
    .action((eventId: number, file: string) =>
      withContext(readConfig(), async ({ db, queue }) => {
        const csv = await readInput(file)
        const deps = { db, ...followUps(queue.enqueue) }
        const { participants, rejected } = await setStartList(deps, { eventId, csv })
        console.log(`${participants} participants`)
        for (const { line, reason } of rejected) console.log(`line ${line} left out: ${reason}`)
      }),
    )

  events
    .command('watermark')
    .description('Set the watermark (PNG or SVG); without a file: plain text again')
    .argument('<event-id>', 'its number', wholeNumber)
    .argument('[art]', 'the file')
    .addOption(
      new Option('--orientation <which>', 'photos it is for')
        .choices(['any', 'portrait', 'landscape'])
        .default('any'),
    )
    .action((eventId: number, file: string | undefined, options: { orientation: Orientation }) =>
      withContext(readConfig(), async ({ db, queue }) => {
        const { orientation } = options
        const deps = { db, ...followUps(queue.enqueue) }
        const art = file === undefined ? undefined : { orientation, ...(await readArt(file)) }
        await setWatermark(deps, eventId, art)
        console.log('Set; previews follow.')
      }),
    )

  events
    .command('delete')
    .description('Delete an event with every photo, search and vector of it')
    .argument('<event-id>', 'its number', wholeNumber)
    .requiredOption('--yes', 'really')
    .action((eventId: number) =>
      withContext(readConfig(), async ({ db, queue }) => {
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
  art: await readInput(file),
})

/** @throws Error that says why the file cannot be read */
const readInput = (file: string): Promise<Buffer> =>
  readFile(file).catch((error: unknown) => {
    const reason = whyUnreadable(error)
    throw reason === undefined ? error : new Error(`${file}: ${reason}.`)
  })

const withTime = (date: string) => (/^\d{4}-\d{2}-\d{2}$/.test(date) ? `${date}T00:00:00` : date)
