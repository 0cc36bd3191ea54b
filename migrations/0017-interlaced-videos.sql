-- Whether a picture is two halves, taken one after the other, as camcorders and broadcasters write them: such pictures are woven into
-- whole ones before anybody looks at them, so their clips are encoded anew. Videos so far count as not.
alter table video add is_interlaced boolean not null default false;
