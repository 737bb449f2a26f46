-- +goose Up
-- Locks: none.

-- Invitations, with which people create an account. The account has the ID of the
-- invitation.
CREATE TABLE latchkey_invitation (
  id TEXT NOT NULL PRIMARY KEY,
  email TEXT NOT NULL,
  note TEXT NOT NULL,
  admin INTEGER NOT NULL,
  created_by TEXT NOT NULL, -- the account of the administrator, or empty
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL, -- 0 means never
  used_at INTEGER NOT NULL,
  withdrawn_at INTEGER NOT NULL,
  delete_at INTEGER NOT NULL -- when the row is deleted
) STRICT, WITHOUT ROWID;
CREATE INDEX latchkey_invitation_email ON latchkey_invitation (lower(email));
CREATE INDEX latchkey_invitation_creator ON latchkey_invitation (created_by) WHERE created_by <> '';
CREATE INDEX latchkey_invitation_delete ON latchkey_invitation (delete_at);

-- +goose Down
DROP TABLE latchkey_invitation;
