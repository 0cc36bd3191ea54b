-- People who asked not to be found in an event. Of one hidden by selfie the face is kept, sealed with a key that lies in the object
-- store: neither a copy of the database nor one of the store shows it.
create table hiding (
  event_id integer not null references event on delete cascade,
  id uuid not null,
  kind text not null check (kind in ('bib', 'selfie')),
  bib text,                      -- as it was asked
  bib_keys text[],               -- what reads are compared with
  template bytea,                -- sealed; null by bib, and once the face need not be known any more
  lasting boolean not null,      -- false: what there is goes, the face is not kept for what comes
  asked_by text not null,
  asked_at timestamptz not null default now(),
  confirmed_by text,
  confirmed_at timestamptz,      -- from then on nothing new of the person is kept
  erased_at timestamptz,         -- when all there was had gone
  receipt jsonb,
  primary key (event_id, id)
);

-- Where hidden people are in photos: a face there is not computed again, whatever model looks.
create table hidden_face (
  event_id integer not null,
  photo_id uuid not null,
  hiding_id uuid not null,
  box integer[] not null,        -- x, y, width, height in the displayed original
  foreign key (event_id, photo_id) references photo on delete cascade,
  foreign key (event_id, hiding_id) references hiding on delete cascade
);
create index hidden_face_by_photo on hidden_face (event_id, photo_id);
create index hidden_face_by_hiding on hidden_face (event_id, hiding_id);

-- The face that made a photo a hit, so that it can leave the results of others; null in searches before this.
alter table face_search_hit add column face_id bigint;
