-- What the whole installation shares, one row a name (the secret that signs URLs).
create table setting (
  name text primary key,
  value bytea not null
);

create table organisation (
  id integer generated always as identity primary key,
  name text not null,
  created_at timestamptz not null default now()
);

-- Every installation starts with organisation 1.
insert into organisation (name) values ('My organisation');

create table api_key (
  id uuid primary key,
  org_id integer not null references organisation on delete cascade,
  name text not null,
  prefix text not null,          -- first five characters, for lists
  hash bytea not null unique,    -- sha256 of the whole key; keys hold 192 random bits, so no salt is needed
  scopes text[] not null,
  active boolean not null default true,
  created_at timestamptz not null default now()
);
create index on api_key (org_id);

create table event (
  id integer generated always as identity primary key,
  org_id integer not null references organisation on delete cascade,
  name text not null,
  slug text not null unique,
  date timestamp(0),             -- wall time at the event, no zone on purpose
  timezone text not null default 'UTC',
  status text not null default 'active' check (status in ('draft', 'active', 'archived')),
  event_enabled boolean not null default true,
  bib_search boolean not null default true,
  selfie_search boolean not null default true,
  name_search boolean not null default false,
  video_search boolean not null default false,
  video_selfie_search boolean not null default false,
  timeline_search boolean not null default true,
  confidence_percentage real,    -- null: the default of the face model in use
  motion jsonb not null default '{}',
  stamp_recipe text not null,    -- names the mark and the encoder; part of every preview's URL
  start_list_revision integer not null default 0,
  deleted_at timestamptz,        -- set at once; rows and objects follow by a job
  created_at timestamptz not null default now()
);
create index on event (org_id, date desc nulls last, id desc) where deleted_at is null;
