import type { Static } from 'typebox'
import type * as bibs from '../../../src/bibs/schema.ts'
import type * as console from '../../../src/console/schema.ts'
import type * as events from '../../../src/events/schema.ts'
import type * as forgetting from '../../../src/forgetting/schema.ts'
import type { Pagination } from '../../../src/http/paging.ts'
import type * as motion from '../../../src/motion/schema.ts'
import type * as orgs from '../../../src/orgs/schema.ts'
import type * as photos from '../../../src/photos/schema.ts'

export type { Pagination }
export type Session = Static<typeof console.Session>
export type AuditReport = console.AuditReport
export type AuditPhoto = Static<typeof console.AuditPhoto>
export type Coverage = Static<typeof console.Coverage>
export type Timeline = Static<typeof console.Timeline>
export type Entrant = Static<typeof console.Entrant>
export type EventItem = Static<typeof events.EventListItem>
export type EventSettings = Static<typeof events.EventSettings>
export type Photo = Static<typeof photos.ManagedPhoto>
export type Video = Static<typeof motion.ManagedVideo>
export type Candidate = Static<typeof bibs.Candidate>
export type CandidatePhoto = Static<typeof bibs.CandidatePhoto>
export type StartListPreview = Static<typeof bibs.StartListPreviewView>
export type Hiding = Static<typeof forgetting.Hiding>
export type HidingPreview = Static<typeof forgetting.HidingPreview>
export type Receipt = forgetting.Receipt
export type Key = Static<typeof orgs.KeyView>
