-- Everything read about bibs, sure or not: 'engine' reads of the picture and 'keyword's of the photographer.
create table bib_read (
  event_id integer not null,
  photo_id uuid not null,
  ordinal smallint not null,
  source text not null check (source in ('engine', 'keyword')),
  kind text not null,            -- alphabet of the read: 'digits' or 'alphanumeric'
  text text not null,
  full_text text not null,       -- what the whole alphabet reads at the same place
  score real not null,
  box integer[] not null,        -- x, y, width, height in the displayed original; empty for a keyword
  primary key (event_id, photo_id, ordinal),
  foreign key (event_id, photo_id) references photo on delete cascade
);

-- The bibs that searches show: chosen from the evidence by score and start list, and chosen again when those change,
-- without reading the picture again.
create table photo_bib (
  event_id integer not null,
  bib_key text not null,         -- what searches compare: upper case, no leading zeros
  photo_id uuid not null,
  bib text not null,
  score real not null,
  box integer[] not null,
  primary key (event_id, bib_key, photo_id),
  foreign key (event_id, photo_id) references photo on delete cascade
);
create index photo_bib_by_photo on photo_bib (event_id, photo_id);

create table participant (
  event_id integer not null references event on delete cascade,
  bib_key text not null,
  bib text not null,
  name text,
  category text,
  start_time text,
  finish_time text,
  primary key (event_id, bib_key)
);

create table face (
  event_id integer not null,
  id bigint generated always as identity,
  photo_id uuid not null,
  score real not null,
  quality real not null,
  box integer[] not null,
  landmarks real[] not null,     -- x, y of five points; a new embedder starts from them without detecting again
  embedding bytea not null,      -- float32, little endian, unit length
  model text not null,
  -- When each row became part of the database: a reader that asks for all at or after its last snapshot's xmin misses none.
  written_in xid8 not null default pg_current_xact_id(),
  primary key (event_id, id),
  foreign key (event_id, photo_id) references photo on delete cascade
);
create index face_by_photo on face (event_id, photo_id);
create index face_written on face (event_id, model, written_in);

-- Faces that are gone: every process that holds the event's index takes them out before its next search.
create table face_removal (
  event_id integer not null,
  face_id bigint not null,
  removed_in xid8 not null default pg_current_xact_id(),
  removed_at timestamptz not null default now(),
  primary key (event_id, face_id)
);
create index face_removal_written on face_removal (event_id, removed_in);

create function note_removed_faces() returns trigger language plpgsql as $$
begin
  insert into face_removal (event_id, face_id) select event_id, id from old_rows on conflict do nothing;
  return null;
end $$;
create trigger face_removed after delete on face
  referencing old table as old_rows for each statement execute function note_removed_faces();

-- A selfie search keeps what it found, never the selfie nor its embedding.
create table face_search (
  event_id integer not null references event on delete cascade,
  id uuid not null,
  confidence_percentage real not null,
  model text not null,
  created_at timestamptz not null default now(),
  primary key (event_id, id)
);

create table face_search_hit (
  event_id integer not null,
  search_id uuid not null,
  photo_id uuid not null,
  rank integer not null,
  percentage real not null,
  primary key (event_id, search_id, rank),
  foreign key (event_id, search_id) references face_search on delete cascade,
  foreign key (event_id, photo_id) references photo on delete cascade
);
create index face_search_hit_photo on face_search_hit (event_id, photo_id);
