package convert

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// ticketKind is the kind of an authorization code.
const ticketKind oauth.TicketKind = "code"

// ticketBatch is how many codes are read at a time.
const ticketBatch = 1000

// oldCode holds the columns of the table code from which a ticket is computed.
type oldCode struct {
	id, hash                                []byte
	clientID, redirectURI, challenge, nonce string
	redirectURIOmitted                      bool
}

// codeColumns are the columns of oldCode in the order of scan.
const codeColumns = `id, hash, client_id, redirect_uri, redirect_uri_omitted, challenge, nonce`

func (c *oldCode) scan(rows *sql.Rows) error {
	var omitted int64
	err := rows.Scan(&c.id, &c.hash, &c.clientID, &c.redirectURI, &omitted, &c.challenge, &c.nonce)
	c.redirectURIOmitted = omitted != 0
	return err
}

// ticket returns the proof and the body of the ticket that a code becomes, as
// package provider makes them.
func (c *oldCode) ticket() (proof []byte, body string, err error) {
	requested := c.redirectURI
	if c.redirectURIOmitted {
		requested = ""
	}
	folded := oauth.Fold(ticketKind, string(c.hash), c.clientID, requested, c.challenge)
	text, err := json.Marshal(struct {
		RedirectURI string `json:"r"`
		Omitted     bool   `json:"o,omitempty"`
		Challenge   string `json:"c,omitempty"`
		Nonce       string `json:"n,omitempty"`
	}{c.redirectURI, c.redirectURIOmitted, c.challenge, c.nonce})
	return folded[:], string(text), err
}

// eachBatch reads all codes of a table in the order of their ids. A batch is
// read to its end before it is handled.
func eachBatch(ctx context.Context, db DB, table string, handle func([]oldCode) error) error {
	query := fmt.Sprintf(`SELECT `+codeColumns+` FROM %s WHERE id > $1 ORDER BY id LIMIT %d`, table, ticketBatch)
	for after := []byte{}; ; {
		codes, err := readCodes(ctx, db, query, after)
		if err != nil || len(codes) == 0 {
			return err
		}
		if err := handle(codes); err != nil {
			return err
		}
		after = codes[len(codes)-1].id
	}
}

func readCodes(ctx context.Context, db DB, query string, after []byte) (codes []oldCode, err error) {
	rows, err := db.QueryContext(ctx, query, after)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var c oldCode
		if err := c.scan(rows); err != nil {
			return nil, err
		}
		codes = append(codes, c)
	}
	return codes, rows.Err()
}
