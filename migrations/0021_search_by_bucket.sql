-- Words carry their customer and the time of their call before them (`7.3.appointment`), so that one
-- look into the index finds what a customer's newest calls have, and a word that is in a million calls
-- does not have to be sorted by time. The index needs no column for the customer any more: with it,
-- each search went through all calls of the customer. What was there is put in anew.
drop index call_search_document;

truncate call_search, search_progress;

create index call_search_document on call_search using gin (document);
