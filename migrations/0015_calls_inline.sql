-- A call's words stay in its row up to half a page; longer ones are compressed, and only what is
-- still longer moves out. By default most transcripts moved out, in pieces of two kilobytes with an
-- index entry each: a sixth of the database's work per call. Lists lose nothing by it, since the
-- calls of one tenant lie on different pages anyhow.
alter table calls set (toast_tuple_target = 4080);
