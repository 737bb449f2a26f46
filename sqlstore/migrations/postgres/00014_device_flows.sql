-- +goose Up
-- Locks: latchkey_flow, ACCESS EXCLUSIVE, for a moment.
-- Whether the request began on a device, and when a person entered the code of the device.
SET LOCAL lock_timeout = '40ms';
ALTER TABLE latchkey_flow ADD COLUMN device BIGINT NOT NULL DEFAULT 0, ADD COLUMN entered_at BIGINT NOT NULL DEFAULT 0;
