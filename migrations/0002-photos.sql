create table photo (
  event_id integer not null references event on delete cascade,
  id uuid not null,              -- UUIDv7: its order is the order of arrival
  file_name text not null,
  sha256 bytea not null,
  bytes bigint not null,
  content_type text,
  original_key text,             -- null when the file was refused and not kept
  status text not null default 'pending' check (status in ('pending', 'done', 'failed')),
  error_code text,
  error text,
  note text,                     -- said to people though the photo is fine, e.g. an impossible camera clock
  added_at timestamptz not null, -- the instant inside the id
  width integer,
  height integer,
  camera text,
  wall_time timestamp,           -- what the camera's clock said
  offset_minutes integer,        -- of the camera, when it wrote one
  correction_seconds double precision not null default 0,
  captured_at timestamptz,       -- derived: see photo_captured_at
  keywords text[] not null default '{}',
  stamp_recipe text,             -- of the previews that exist
  prepared_at timestamptz,
  stamped_at timestamptz,
  bibs_read_at timestamptz,
  faces_indexed_at timestamptz,
  primary key (event_id, id),
  unique (event_id, sha256)
);
-- The gallery's order: timed photos by time, the others after them by arrival.
create index photo_timed on photo (event_id, captured_at, id) where status = 'done' and captured_at is not null;
create index photo_untimed on photo (event_id, id) where status = 'done' and captured_at is null;
create index photo_by_camera on photo (event_id, camera);
-- Which previews still carry an old mark.
create index photo_by_stamp on photo (event_id, stamp_recipe) where status = 'done';

-- Wall time + zone + correction -> instant. The camera's own offset outranks the event's zone. A time before 1990 or more
-- than two days after arrival is a wrong clock and gives none; a correction can bring it back.
create function photo_captured_at(
  wall_time timestamp, offset_minutes integer, event_zone text, correction_seconds double precision, added_at timestamptz
) returns timestamptz language sql stable as $$
  select case when instant >= '1990-01-01Z' and instant < added_at + interval '2 days' then instant end
  from (select case when offset_minutes is null then wall_time at time zone event_zone
                    else (wall_time - make_interval(mins => offset_minutes)) at time zone 'UTC' end
               + make_interval(secs => correction_seconds) as instant) as derived
$$;

-- How many photos lie in each minute of each list: totals, timeline buckets and the way to page N cost a sum over minutes
-- instead of an OFFSET over photos. The lists: 'timed' (by capture time) and 'untimed' (by arrival) are what the gallery
-- shows; 'pending', 'done' and 'failed' (by arrival) are what the organiser sees.
create table photo_count (
  event_id integer not null references event on delete cascade,
  list text not null,
  minute timestamptz not null,
  photos integer not null,
  primary key (event_id, list, minute)
);

-- The lists a photo is in, with its minute in each.
create function photo_lists(status text, captured_at timestamptz, added_at timestamptz)
returns table (list text, minute timestamptz) language sql immutable as $$
  select status, date_bin('1 minute', added_at, 'epoch')
  union all
  select case when captured_at is null then 'untimed' else 'timed' end,
         date_bin('1 minute', coalesce(captured_at, added_at), 'epoch')
  where status = 'done'
$$;

-- Minutes are taken in order, so that two transactions lock those they share in one order.
create function count_photos() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into photo_count as c (event_id, list, minute, photos)
    select event_id, list, minute, count(*) from new_rows, photo_lists(status, captured_at, added_at)
    group by 1, 2, 3 order by 1, 2, 3
    on conflict (event_id, list, minute) do update set photos = c.photos + excluded.photos;
  elsif tg_op = 'UPDATE' then
    insert into photo_count as c (event_id, list, minute, photos)
    select event_id, list, minute, sum(change) from (
      select event_id, l.*, 1 as change from new_rows, photo_lists(status, captured_at, added_at) as l
      union all
      select event_id, l.*, -1 from old_rows, photo_lists(status, captured_at, added_at) as l
    ) as changes
    group by 1, 2, 3 having sum(change) <> 0 order by 1, 2, 3
    on conflict (event_id, list, minute) do update set photos = c.photos + excluded.photos;
  else
    update photo_count as c set photos = c.photos - gone.photos
    from (
      select event_id, list, minute, count(*) as photos from old_rows, photo_lists(status, captured_at, added_at)
      group by 1, 2, 3
    ) as gone
    where (c.event_id, c.list, c.minute) = (gone.event_id, gone.list, gone.minute);
  end if;
  return null;
end $$;

create trigger photo_counted after insert on photo
  referencing new table as new_rows for each statement execute function count_photos();
create trigger photo_recounted after update on photo
  referencing old table as old_rows new table as new_rows for each statement execute function count_photos();
create trigger photo_uncounted after delete on photo
  referencing old table as old_rows for each statement execute function count_photos();

-- Clock corrections outlive the photos they were made for: later photos of the camera get them too.
create table camera_correction (
  event_id integer not null references event on delete cascade,
  camera text not null,
  seconds double precision not null,
  primary key (event_id, camera)
);

-- The event's own art; 'any' serves the orientation that has none of its own.
create table watermark (
  event_id integer not null references event on delete cascade,
  orientation text not null check (orientation in ('any', 'portrait', 'landscape')),
  content_type text not null,
  art bytea not null,
  updated_at timestamptz not null default now(),
  primary key (event_id, orientation)
);
