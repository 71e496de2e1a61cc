-- What an account did, from all logs: each address cut to its network, and no free text.
create or replace view :schema.user_activity_log with (security_barrier) as
--if login_attempts
select l.user_id, l.created_at as at, 'login' as source, l.attempt_result::text as what,
  case l.attempt_result when 'success' then 'low' else 'medium' end as severity,
  :network(l.ip_address) as ip_address,
--if user_devices
  (select d.name::text from :schema.user_devices d where d.id = l.device_id) as device_name
--else
  null::text as device_name
--end
from :schema.login_attempts l
--end
--if login_attempts security_events
union all
--end
--if security_events
select e.user_id, e.created_at as at, 'event' as source, e.event_type::text as what, e.severity::text as severity,
  :network(e.ip_address) as ip_address, :session_device(e.session_id) as device_name
from :schema.security_events e
--end
--if logins_or_events session_audits
union all
--end
--if session_audits
select a.user_id, a.created_at as at, 'session' as source, a.action::text as what, 'low' as severity,
  :network(a.ip_address) as ip_address, :session_device(a.session_id) as device_name
from :schema.session_audits a
--end
