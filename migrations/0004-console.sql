-- What people said about the bibs of a photo: outranks every read for good, also when the photo is read again.
create table bib_verdict (
  event_id integer not null,
  photo_id uuid not null,
  bib_key text not null,         -- what searches compare
  bib text not null,             -- as the person wrote it
  verdict text not null check (verdict in ('confirmed', 'rejected')),
  decided_by text not null,      -- name of the key, or 'command line'
  decided_at timestamptz not null default now(),
  primary key (event_id, photo_id, bib_key),
  foreign key (event_id, photo_id) references photo on delete cascade
);

-- Photos that a person should look at, or did: written wherever bibs are chosen.
create table photo_review (
  event_id integer not null,
  photo_id uuid not null,
  bib_key text not null,         -- of its most doubtful read; empty when none is
  usefulness real not null,      -- 0 to 1: how much an answer about that read tells
  reviewed_at timestamptz,
  reviewed_by text,
  primary key (event_id, photo_id),
  foreign key (event_id, photo_id) references photo on delete cascade
);
create index photo_review_open on photo_review (event_id, usefulness desc, photo_id) where reviewed_at is null;

-- Photos read before this table was. Reads that the rules would never show go when the event's bibs are chosen again.
insert into photo_review (event_id, photo_id, bib_key, usefulness)
select distinct on (event_id, photo_id) event_id, photo_id, ltrim(upper(text), '0'), 4 * score * (1 - score)
from bib_read where source = 'engine' and kind = 'digits' and score between 0.3 and 0.94 and length(text) between 2 and 6
order by event_id, photo_id, abs(score - 0.5);

-- A random sample of an event's photos with what a person saw in them; the same seed draws the same photos.
create table audit_photo (
  event_id integer not null,
  seed integer not null,
  ordinal integer not null,      -- from 0: the order in which they are asked
  photo_id uuid not null,
  bibs text[],                   -- every bib a person can read; null until asked
  judged_by text,
  judged_at timestamptz,
  primary key (event_id, seed, ordinal),
  unique (event_id, seed, photo_id),
  foreign key (event_id, photo_id) references photo on delete cascade
);

-- Who is signed in to the console. The cookie holds 256 random bits; only their sha256 is kept.
create table console_session (
  hash bytea primary key,
  key_id uuid not null references api_key on delete cascade,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now()
);
create index on console_session (key_id);
