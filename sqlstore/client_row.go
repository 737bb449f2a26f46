package sqlstore

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// clientColumns lists the columns of a client. A field has a column if it is
// searched or updated separately; settings has all others.
const clientColumns = `t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at`

// clientFields returns the destinations of clientColumns. The settings come
// first, so that a column is never replaced by them.
func clientFields(c *oauth.Client) []any {
	return []any{
		settingsOf{c},
		&c.ID, &c.Name, (*string)(&c.Type), &c.OwnerID,
		coOwners{&c.CoOwnerIDs},
		flag{&c.Disabled},
		at{&c.RevokedBefore},
		at{&c.CreatedAt},
		at{&c.UpdatedAt},
		&c.Version,
		at{&c.ExpiresAt},
	}
}

// settings is the content of the settings column: the JSON form of a client
// without the fields that have columns, and the secrets and offers, which are not part
// of that form.
type settings struct {
	*oauth.Client
	Secrets []oauth.ClientSecret `json:"secrets,omitempty"`
	Offers  []oauth.OwnerOffer   `json:"offers,omitempty"`
}

func writeSettings(c *oauth.Client) (string, error) {
	rest := *c
	rest.ID, rest.Name, rest.Type, rest.OwnerID, rest.CoOwnerIDs, rest.Disabled, rest.Version = "", "", "", "", nil, false, 0
	rest.RevokedBefore, rest.CreatedAt, rest.UpdatedAt, rest.ExpiresAt = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	text, err := json.Marshal(settings{&rest, c.Secrets, c.Offers})
	return string(text), err
}

// setting returns an expression for a member of a settings column: its JSON as a text, or NULL if the client does not
// have the member. It compares the member itself, because others can contain any JSON, such as the metadata. Settings
// without the name anywhere are not parsed.
func (s *Store) setting(column, name string) string {
	// SQLite rejects JSON with more than 1000 levels, which must not make the whole query fail.
	member := `CASE WHEN json_valid(` + column + `) THEN ` + column + ` -> '` + name + `' END`
	if s.batcher != nil {
		// PostgreSQL rejects the whole text if one escape encodes a character that it cannot store.
		member = `CAST(CAST(replace(` + column + `, '\u', '\/') AS json) -> '` + name + `' AS TEXT)`
	}
	return `(CASE WHEN ` + column + ` LIKE '%"` + name + `"%' THEN ` + member + ` END)`
}

// settingIs returns the condition that a member of a settings column is a word, such as true, or a text in quotes.
func (s *Store) settingIs(column, name, value string) string {
	return `coalesce(` + s.setting(column, name) + ` = '` + value + `', FALSE)`
}

// settingsOf scans the settings column into a client.
type settingsOf struct{ c *oauth.Client }

func (s settingsOf) Scan(value any) error {
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("the settings of a client are %T", value)
	}
	v := settings{Client: s.c}
	err := json.Unmarshal([]byte(text), &v)
	s.c.Secrets, s.c.Offers = v.Secrets, v.Offers
	return err
}

// coOwners scans the column of the co-owners, which is a list in JSON, or empty.
type coOwners struct{ to *[]string }

func (c coOwners) Scan(value any) error {
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("the co-owners of a client are %T", value)
	}
	*c.to = nil
	if text == "" {
		return nil
	}
	return json.Unmarshal([]byte(text), c.to)
}

// writeCoOwners is the reverse of coOwners.
func writeCoOwners(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	text, _ := json.Marshal(ids) // texts have no error
	return string(text)
}

// quotedID returns an ID as it is in a list in JSON.
func quotedID(id string) string {
	text, _ := json.Marshal(id) // a text has no error
	return string(text)
}
