-- More reasons for which a session ends. NOT VALID: the old rows hold reasons that were legal before.
-- postern: alters refresh_tokens
-- postern: back update :schema.refresh_tokens set revoked_reason = 'ended_by_user' where revoked_reason in ('contact_changed', 'provider_unlinked', 'role_lost')
-- postern: back alter table :schema.refresh_tokens drop constraint if exists refresh_tokens_reason_is_known, add constraint refresh_tokens_reason_is_known check (revoked_reason in ('signed_out', 'signed_out_everywhere', 'ended_by_user', 'ended_by_admin', 'reuse_detected', 'password_changed', 'account_disabled', 'account_claimed', 'account_erased', 'password_reset', 'factor_changed', 'stepped_up', 'session_limit', 'fingerprint_mismatch'))
alter table :schema.refresh_tokens
  drop constraint if exists refresh_tokens_reason_is_known,
  add constraint refresh_tokens_reason_is_known
    check (revoked_reason in ('signed_out', 'signed_out_everywhere', 'ended_by_user', 'ended_by_admin', 'reuse_detected', 'password_changed', 'account_disabled', 'account_claimed', 'account_erased', 'password_reset', 'factor_changed', 'stepped_up', 'session_limit', 'fingerprint_mismatch', 'contact_changed', 'provider_unlinked', 'role_lost')) not valid;
