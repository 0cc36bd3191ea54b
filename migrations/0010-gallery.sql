-- Who may see an event's gallery: everybody ('public', listed at /), who has its link, or who knows its password.
alter table event
  add column visibility text not null default 'link' check (visibility in ('public', 'link', 'password')),
  -- Of the link: 122 random bits.
  add column link_secret text not null default replace(gen_random_uuid()::text, '-', ''),
  add column password_hash text,           -- scrypt, with salt and cost
  add column gallery_downloads boolean not null default true,
  add column selfie_days integer not null default 30 check (selfie_days between 1 and 365);
create index event_public on event (date desc nulls last, id desc)
  where visibility = 'public' and status = 'active' and event_enabled and deleted_at is null;
