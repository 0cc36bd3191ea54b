-- Wrong passwords and links of galleries, counted over all servers: a row an address while its window lasts. Worth nothing after a crash.
create unlogged table unlock_failure (
  address_hash bytea primary key, -- HMAC-SHA256 with the installation's signing secret
  failures integer not null,
  ends_at timestamptz not null
);
