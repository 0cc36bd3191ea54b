-- Who is lost from view and found again, or goes on after a cut of the film, is several threads to the eye: all of a moment's are
-- kept, so that an upright clip follows the person through the whole of it, and hiding the person finds it by each.
alter table video_moment add other_threads uuid[] not null default '{}'; -- besides `thread`, the surest
alter table video_clip add other_threads uuid[] not null default '{}';
