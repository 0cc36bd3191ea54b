-- What of the event's videos had been looked through when a search was made, or was asked for last: when there is more, it is looked at.
alter table video_search add footage text not null default '';
