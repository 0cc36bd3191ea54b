-- A selfie search of the gallery: kept until it expires or its holder has it forgotten. Tokens are 256 random bits; only their
-- sha256 is here.
create table gallery_result (
  event_id integer not null references event on delete cascade,
  id uuid not null,
  token_hash bytea not null unique,
  share_nonce bytea,             -- makes, with the holder's token, the token for friends; null while it is not shared
  share_hash bytea unique,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  matched_at timestamptz,        -- when its faces were last compared with those of the event
  primary key (event_id, id)
);
create index gallery_result_expiry on gallery_result (expires_at);

-- The face of each selfie, never the picture: photos that come later are found, and further selfies added.
create table gallery_selfie (
  event_id integer not null,
  result_id uuid not null,
  id uuid not null,              -- UUIDv7; also the request id of its matches in videos
  model text not null,
  embedding bytea not null,      -- float32, little endian, unit length
  primary key (event_id, result_id, id),
  foreign key (event_id, result_id) references gallery_result on delete cascade
);

create table gallery_match (
  event_id integer not null,
  result_id uuid not null,
  photo_id uuid not null,
  percentage real not null,
  primary key (event_id, result_id, photo_id),
  foreign key (event_id, result_id) references gallery_result on delete cascade,
  foreign key (event_id, photo_id) references photo on delete cascade
);
create index gallery_match_photo on gallery_match (event_id, photo_id);

-- Photos of which the holder said: not me.
create table gallery_not_me (
  event_id integer not null,
  result_id uuid not null,
  photo_id uuid not null,
  primary key (event_id, result_id, photo_id),
  foreign key (event_id, result_id) references gallery_result on delete cascade,
  foreign key (event_id, photo_id) references photo on delete cascade
);
create index gallery_not_me_photo on gallery_not_me (event_id, photo_id);

-- What a ZIP is to hold, from the moment it is asked for until its URL expires.
create table gallery_download (
  event_id integer not null references event on delete cascade,
  hash bytea not null,           -- sha256 of the 256 random bits in the URL
  photo_ids uuid[] not null,
  expires_at timestamptz not null,
  primary key (event_id, hash)
);
create index gallery_download_expiry on gallery_download (expires_at);
