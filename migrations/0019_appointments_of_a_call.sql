-- The appointments booked in a call, on the page of that call.
create index appointments_call_id on appointments (customer_id, call_id)
    where call_id is not null;
