-- +goose Up
-- Locks: none.
-- Whether the request began on a device, and when a person entered the code of the device.
ALTER TABLE latchkey_flow ADD COLUMN device INTEGER NOT NULL DEFAULT 0;
ALTER TABLE latchkey_flow ADD COLUMN entered_at INTEGER NOT NULL DEFAULT 0;
