create table video (
  event_id integer not null references event on delete cascade,
  id uuid not null,              -- UUIDv7: its order is the order of arrival
  file_name text not null,
  sha256 bytea not null,
  bytes bigint not null,
  content_type text,
  original_key text,             -- null when the file was refused and not kept
  status text not null default 'pending' check (status in ('pending', 'indexing', 'done', 'failed')),
  error_code text,
  error text,
  added_at timestamptz not null, -- the instant inside the id
  recorded_at timestamptz,       -- of the first picture: as given, else as the container says
  -- What the probe found; times are seconds from the beginning as players show it.
  codec text,
  width integer,                 -- as displayed
  height integer,
  frames_per_second double precision,
  duration double precision,
  has_sound boolean,
  keyframes double precision[],  -- where decoding, and a copied clip, can begin
  sample_fps real,               -- the event's rate when the video was indexed
  indexed_at timestamptz,
  primary key (event_id, id),
  unique (event_id, sha256)
);

-- The work on a video in shares: each begins at a keyframe, is indexed by one job and written as a whole.
create table video_segment (
  event_id integer not null,
  video_id uuid not null,
  ordinal integer not null,
  start_seconds double precision not null,
  end_seconds double precision not null,
  indexed_at timestamptz,
  primary key (event_id, video_id, ordinal),
  foreign key (event_id, video_id) references video on delete cascade
);

-- One person passing, within one segment. Tracks that go on in the next segment share the thread of the first.
create table video_track (
  event_id integer not null,
  id uuid not null,
  video_id uuid not null,
  segment integer not null,
  thread uuid not null,
  start_seconds double precision not null,
  end_seconds double precision not null,
  path real[] not null,          -- t, x, y, width, height of the face for each sample; shares of the picture, seconds of the video
  primary key (event_id, id),
  foreign key (event_id, video_id, segment) references video_segment on delete cascade
);
create index video_track_by_video on video_track (event_id, video_id, segment);
create index video_track_by_thread on video_track (event_id, thread);

-- The sharpest faces of a track.
create table video_face (
  event_id integer not null,
  track_id uuid not null,
  ordinal smallint not null,
  seconds double precision not null,
  quality real not null,
  embedding bytea not null,      -- float32, little endian, unit length
  model text not null,
  primary key (event_id, track_id, ordinal),
  foreign key (event_id, track_id) references video_track on delete cascade
);

-- Every number read on a person; which are shown is chosen when asked, by the start list of that day.
create table video_bib_read (
  event_id integer not null,
  track_id uuid not null,
  ordinal smallint not null,
  seconds double precision not null,
  kind text not null,
  text text not null,
  full_text text not null,
  score real not null,
  bib_key text not null,         -- what searches compare
  primary key (event_id, track_id, ordinal),
  foreign key (event_id, track_id) references video_track on delete cascade
);
create index video_bib_read_by_key on video_bib_read (event_id, bib_key);

-- Which tracks a selfie matched: of a face search or a video search, by its request id. Never the selfie nor its embedding.
create table video_match (
  event_id integer not null,
  request_id uuid not null,
  track_id uuid not null,
  percentage real not null,
  primary key (event_id, request_id, track_id),
  foreign key (event_id, track_id) references video_track on delete cascade
);
create index video_match_by_track on video_match (event_id, track_id);

create table video_search (
  event_id integer not null references event on delete cascade,
  id uuid not null,
  kind text not null check (kind in ('selfie', 'bib', 'time')),
  created_at timestamptz not null default now(),
  primary key (event_id, id)
);

-- A stretch of a video that a search found. The best of each video (rank 1) is cut unasked.
create table video_moment (
  event_id integer not null,
  search_id uuid not null,
  ordinal integer not null,
  video_id uuid not null,
  rank integer not null,
  start_seconds double precision not null,
  end_seconds double precision not null,
  percentage real not null,
  thread uuid,                   -- whom an upright crop follows
  clip_id uuid,
  primary key (event_id, search_id, ordinal),
  foreign key (event_id, search_id) references video_search on delete cascade,
  foreign key (event_id, video_id) references video on delete cascade
);
create index video_moment_by_video on video_moment (event_id, video_id);

-- A clip by what it is made of: who asks for the same gets the same file.
create table video_clip (
  event_id integer not null,
  id uuid not null,
  video_id uuid not null,
  recipe text not null,          -- hash of all that decides its bytes
  start_seconds double precision not null,
  end_seconds double precision not null,
  format text not null check (format in ('source', 'portrait', 'preview')),
  is_encoded boolean not null,
  watermark text,                -- stamp recipe of the event, when marked
  thread uuid,
  status text not null default 'pending' check (status in ('pending', 'processing', 'ready', 'failed')),
  error text,
  created_at timestamptz not null default now(),
  primary key (event_id, id),
  unique (event_id, video_id, recipe),
  foreign key (event_id, video_id) references video on delete cascade
);
